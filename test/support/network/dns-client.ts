/** Asks resolvers from inside a network namespace, by datagram or by stream. */
import { once } from 'node:events';
import { DnsFrames, framed } from '../../../src/agent/vpc-services/dns-frames.ts';
import {
  buildAddressQuery,
  DNS_TYPE,
  type DnsReply,
  readReply,
} from '../../../src/domain/network/names/dns-message.ts';
import { bindUdp, connectTcp, type Within } from '../../../src/linux/sockets.ts';
import { patient } from '../../../src/ports/testing/patience.ts';

export interface Question {
  readonly name: string;
  readonly type?: keyof typeof DNS_TYPE;
  readonly server: string;
  readonly transport?: 'udp' | 'tcp';
  /** Default 15 000. */
  readonly timeoutMs?: number;
}

export interface Reply extends DnsReply {
  /** The whole message; readable where names stand in it. */
  readonly text: string;
}

/** Undefined: there was no answer in time. */
export async function askResolver(within: Within, question: Question): Promise<Reply | undefined> {
  const { name, type = 'A', transport = 'udp', timeoutMs = patient(5000) } = question;
  const query = buildAddressQuery(4711, name);
  if (query === undefined) throw new Error(`${name} is no name`);
  query[query.length - 3] = DNS_TYPE[type];
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const ask = transport === 'udp' ? askByDatagram : askByStream;
    const message = await ask(within, question.server, query, signal);
    const reply = readReply(message);
    return reply === undefined ? undefined : { ...reply, text: message.toString('latin1') };
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function askByDatagram(within: Within, server: string, query: Uint8Array, signal: AbortSignal) {
  const socket = await bindUdp(within, '0.0.0.0', 0);
  try {
    socket.send(query, 53, server);
    const [message] = (await once(socket, 'message', { signal })) as [Buffer];
    return message;
  } finally {
    socket.close();
  }
}

async function askByStream(within: Within, server: string, query: Uint8Array, signal: AbortSignal) {
  const socket = await connectTcp(within, server, 53, signal);
  const frames = new DnsFrames();
  try {
    socket.write(framed(query));
    for await (const piece of socket) {
      const [message] = frames.push(piece as Buffer);
      if (message !== undefined) return message;
    }
    throw new Error('the resolver ended the connection');
  } finally {
    socket.destroy();
  }
}

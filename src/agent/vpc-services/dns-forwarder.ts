/** Carries DNS queries to the host's own resolvers, as they are; the first one that answers wins. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import { DnsFrames, framed } from './dns-frames.ts';

const DNS_PORT = 53;
const TIMEOUT_MS = 3_000;
const HEADER = 12;

export type DnsTransport = 'udp' | 'tcp';

/** Answers one DNS message, or undefined when no resolver did. */
export type ForwardDns = (query: Uint8Array, transport: DnsTransport) => Promise<Buffer | undefined>;

export interface DnsForwarderDeps {
  /** Addresses of the host's resolvers, in order; read anew for each query. */
  readonly upstreams: () => Promise<readonly string[]>;
  readonly clock: Clock;
  /** Default 53. */
  readonly port?: number;
}

export function createDnsForwarder({ upstreams, clock, port = DNS_PORT }: DnsForwarderDeps): ForwardDns {
  return async (query, transport) => {
    for (const host of (await upstreams()).filter((address) => isIP(address) !== 0)) {
      const over = new AbortController();
      const ask = transport === 'udp' ? askByDatagram : askByStream;
      const late = clock.sleep(TIMEOUT_MS, over.signal).catch(() => undefined);
      try {
        const answer = await Promise.race([ask({ host, port }, query, over.signal), late]);
        if (answer instanceof Buffer && isAnswerTo(query, answer)) return answer;
      } catch {
        // It is not there: the next one.
      } finally {
        over.abort();
      }
    }
    return undefined;
  };
}

/** The resolvers named in the text of /etc/resolv.conf. */
export function parseNameservers(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address ?? '');
}

interface Upstream {
  readonly host: string;
  readonly port: number;
}

async function askByDatagram({ host, port }: Upstream, query: Uint8Array, over: AbortSignal) {
  const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', signal: over });
  try {
    // Connected, so that nobody else's datagrams arrive.
    socket.connect(port, host);
    await once(socket, 'connect', { signal: over });
    socket.send(query);
    const [message] = (await once(socket, 'message', { signal: over })) as [Buffer];
    return message;
  } finally {
    socket.on('error', () => undefined);
    if (!over.aborted) socket.close();
  }
}

async function askByStream(upstream: Upstream, query: Uint8Array, over: AbortSignal) {
  const socket = connect({ ...upstream, signal: over });
  const frames = new DnsFrames();
  try {
    socket.write(framed(query));
    for await (const chunk of socket) {
      const [answer] = frames.push(chunk as Buffer);
      if (answer !== undefined) return answer;
    }
    return undefined;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function isAnswerTo(query: Uint8Array, answer: Buffer): boolean {
  return answer.length >= HEADER && answer[0] === query[0] && answer[1] === query[1];
}

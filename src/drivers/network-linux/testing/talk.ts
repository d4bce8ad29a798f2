/** Who talks in tests of networks: servers, connections, datagrams and pings of any namespace, all of which end with the test. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from '../../../linux/errno.ts';
import { call } from '../../../linux/libc.ts';
import { parseIpv4 } from '../../../linux/netlink/ipv4.ts';
import { type Within, bindUdp, connectTcp, listenTcp } from '../../../linux/sockets.ts';
import { patient } from '../../../ports/testing/patience.ts';

export const PORT = 8080;
/** Nothing that is to come takes as long. */
export const IN_VAIN_MS = 400;
const PATIENCE_MS = patient(10_000);
const AF_INET = 2;
const SOCK_RAW = 3 | 0o4000;
const IPPROTO_ICMP = 1;
const IP_HEADER_BYTES = 20;
const ECHO = { request: 8, reply: 0 } as const;

export const onHost: Within = (action) => action();

/** What comes back of a text on a connection; undefined when nothing does in time. */
export async function echo(
  socket: Socket,
  words: string,
  patienceMs = PATIENCE_MS,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  socket.write(words);
  try {
    const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
    return answer.toString();
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** Whether an address answers an echo request of ICMP in time. */
export async function pings(within: Within, address: string, patienceMs = PATIENCE_MS): Promise<boolean> {
  const fd = within(() => call('socket', 'of ICMP', AF_INET, SOCK_RAW, IPPROTO_ICMP));
  try {
    const target = Buffer.alloc(16);
    target.writeUInt16LE(AF_INET, 0);
    target.writeUInt32BE(parseIpv4(address), 4);
    call('connect', `to ${address}`, fd, target, target.length);
    const request = Buffer.alloc(8);
    // With an identifier of its own: what is tracked is not asked again.
    const identifier = randomInt(0x7000);
    request.writeUInt8(ECHO.request, 0);
    request.writeUInt16BE(0xffff - (ECHO.request << 8) - identifier, 2);
    request.writeUInt16BE(identifier, 4);
    call('send', 'an echo request', fd, request, request.length, 0);
    const answer = Buffer.alloc(128);
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(5)) {
      try {
        const length = call('recv', 'an echo', fd, answer, answer.length, 0);
        if (length > IP_HEADER_BYTES && answer[IP_HEADER_BYTES] === ECHO.reply) return true;
      } catch (error) {
        if (!hasErrno(error, 'EAGAIN')) throw error;
      }
    }
    return false;
  } finally {
    closeSync(fd);
  }
}

export class Talk {
  readonly #undo: (() => void)[] = [];

  /** What is to be done when the test is over; the last first. */
  later(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Does all of it, and throws the first failure. */
  protected end(): void {
    const failures: unknown[] = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        undo();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** A server that answers with the client's address. */
  async listen(within: Within, address: string, port = PORT): Promise<void> {
    await this.serve(within, (socket) => socket.end(`seen as ${socket.remoteAddress}`), { address, port });
  }

  /** A server that sends back what it gets. */
  async echoIn(within: Within, address = '0.0.0.0'): Promise<void> {
    await this.serve(within, (socket) => void socket.pipe(socket), { address });
  }

  /** A server whose connections end with the test. */
  async serve(
    within: Within,
    onConnection: (socket: Socket) => void,
    { address = '0.0.0.0', port = PORT } = {},
  ): Promise<void> {
    const sockets = new Set<Socket>();
    const server = await listenTcp(within, address, port, (socket) => {
      sockets.add(socket.on('error', () => undefined));
      onConnection(socket);
    });
    this.later(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
  }

  /** A connection that stays open. */
  async open(within: Within, address: string, patienceMs = PATIENCE_MS): Promise<Socket> {
    const socket = await connectTcp(within, address, PORT, AbortSignal.timeout(patienceMs));
    this.later(() => socket.destroy());
    return socket.on('error', () => undefined);
  }

  /** Answers each datagram with its length and where it came from. */
  async answerDatagramsIn(within: Within, address = '0.0.0.0', port = PORT): Promise<void> {
    const socket = await bindUdp(within, address, port);
    this.later(() => socket.close());
    socket.on('message', (message, from) => {
      socket.send(`${message.length} from ${from.address}`, from.port, from.address);
    });
  }

  /** The answer to a datagram, which is sent a few times; undefined when none comes in time. */
  async sendTo(
    within: Within,
    address: string,
    { bytes = 10, port = PORT, patienceMs = PATIENCE_MS } = {},
  ): Promise<string | undefined> {
    const socket = await bindUdp(within, '0.0.0.0', 0);
    const signal = AbortSignal.timeout(patienceMs);
    const send = (): void => socket.send(Buffer.alloc(bytes), port, address, () => undefined);
    const timer = setInterval(send, 100);
    send();
    try {
      const [answer] = (await once(socket, 'message', { signal })) as [Buffer];
      return answer.toString();
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      clearInterval(timer);
      socket.close();
    }
  }
}

/**
 * Questions to the host's resolvers by datagrams, many over one socket, each under a random id. An answer counts only where
 * it comes from the resolver's address and port (the sockets are connected, the kernel sees to it), to the port that asked,
 * with the id and the question; what else arrives is as if it had not.
 *
 * A socket takes questions for a second and is closed when the last of them is done: ports change all the time, and a
 * flood opens a few of them each second, however many questions it has.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { isAnswerTo } from '../../domain/network/names/dns-message.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';

/** Of one resolver, at a time, that take questions. Each has a random port; which one a question takes is drawn. */
const SOCKETS = 32;
const TAKES_MS = 1_000;
const IDS = 65_536;

export interface Upstream {
  readonly host: string;
  readonly port: number;
}

interface Asked {
  readonly question: Uint8Array;
  readonly settle: (answer: Buffer | Error) => void;
}

interface SharedSocket {
  readonly socket: Socket;
  readonly connected: Promise<unknown>;
  /** By the ids that they were sent with. */
  readonly asked: Map<number, Asked>;
  /** Fires when it takes no more questions. */
  readonly taken: AbortController;
}

export class UpstreamSockets {
  readonly #clock: Clock;
  readonly #ids: Pick<IdSource, 'hex'>;
  readonly #open = new Map<string, SharedSocket>();

  constructor({ clock, ids }: { clock: Clock; ids: Pick<IdSource, 'hex'> }) {
    this.#clock = clock;
    this.#ids = ids;
  }

  /**
   * The answer to a query, as it came but for the id, which is the query's. Rejects when the resolver is not there, and when
   * the signal fires.
   */
  async ask(upstream: Upstream, query: Uint8Array, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const drawn = Number.parseInt(this.#ids.hex(8), 16);
    const shared = this.#take(upstream, drawn % SOCKETS);
    const id = freeId(shared.asked, Math.floor(drawn / SOCKETS) % IDS);
    const sent = Buffer.from(query);
    sent.writeUInt16BE(id);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const settle = (outcome: Buffer | Error): void => {
        signal.removeEventListener('abort', abort);
        shared.asked.delete(id);
        closeWhenDone(shared);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const abort = (): void => settle(signal.reason as Error);
      signal.addEventListener('abort', abort);
      shared.asked.set(id, { question: sent, settle });
      void send(shared, id, sent);
    });
    answer.set(query.subarray(0, 2));
    return answer;
  }

  #take({ host, port }: Upstream, slot: number): SharedSocket {
    const key = `${host} ${port} ${slot}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const shared = open({ host, port });
    this.#open.set(key, shared);
    shared.taken.signal.addEventListener('abort', () => {
      this.#open.delete(key);
      closeWhenDone(shared);
    });
    void this.#clock.sleep(TAKES_MS, shared.taken.signal).then(
      () => shared.taken.abort(),
      () => undefined,
    );
    return shared;
  }
}

function open({ host, port }: Upstream): SharedSocket {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  const asked = new Map<number, Asked>();
  const taken = new AbortController();
  socket.on('message', (message) => {
    const of = message.length < 2 ? undefined : asked.get(message.readUInt16BE());
    if (of !== undefined && isAnswerTo(of.question, message)) of.settle(message);
  });
  // Nobody is at the port, or there is no way to it.
  socket.on('error', (error) => {
    taken.abort();
    for (const { settle } of [...asked.values()]) settle(error);
  });
  const connected = once(socket, 'connect');
  // Whoever sends looks at it.
  connected.catch(() => undefined);
  socket.connect(port, host);
  return { socket, connected, asked, taken };
}

async function send({ socket, connected, asked }: SharedSocket, id: number, query: Buffer): Promise<void> {
  const fail = (error: unknown): void => {
    const of = asked.get(id);
    // The id may be another question's by now.
    if (of?.question === query) of.settle(error instanceof Error ? error : new Error('it cannot be sent'));
  };
  try {
    await connected;
    if (asked.get(id)?.question !== query) return;
    socket.send(query, (error) => {
      if (error !== null) fail(error);
    });
  } catch (error) {
    fail(error);
  }
}

function closeWhenDone({ socket, asked, taken }: SharedSocket): void {
  if (!taken.signal.aborted || asked.size > 0) return;
  socket.close();
}

/** The drawn one, or the next that no question has. */
function freeId(asked: ReadonlyMap<number, unknown>, drawn: number): number {
  let id = drawn;
  while (asked.has(id)) id = (id + 1) % IDS;
  return id;
}

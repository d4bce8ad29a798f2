/**
 * HTTP over one kept connection that a function opens, with answers of bounded size.
 */
import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { bytesOf, joinedPieces, piecesOf } from './body-pieces.ts';
import { untilAborted } from './until-aborted.ts';

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/**
 * Of a body that is not large so much is written at a time. Node keeps the memory of what is written at once with a connection
 * of TLS; as a record this just fits into the 4,096 bytes that it has in any case, what is longer makes it take some 50 KiB.
 */
const WRITE_BYTES = 4_000;
const LARGE_BYTES = 262_144;
/** Pieces of a large body are joined up to here: each write has its price. */
const JOINED_BYTES = 16_384;

export interface RawRequest {
  readonly method: 'POST' | 'OPTIONS';
  /** `/services/collector` */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** In pieces. */
  readonly body: readonly Buffer[];
}

export interface RawResponse {
  readonly status: number;
  /** The words behind the status. */
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends over one connection, in turn; opens it when there is none, and once more when a kept one proves closed. */
export class KeptConnection {
  readonly #closing = new AbortController();
  readonly #agent: ConnectingAgent;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(connect: (signal: AbortSignal) => Promise<Duplex>) {
    this.#agent = new ConnectingAgent(connect, this.#closing.signal);
  }

  /** Aborts when the connection is closed for good. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** One request and its answer. Rejects when the signal fires, also while others have their turn. */
  async send(request: RawRequest, signal: AbortSignal): Promise<RawResponse> {
    const before = this.#lastTurn;
    let release = (): void => undefined;
    this.#lastTurn = new Promise<void>((resolve) => (release = resolve));
    try {
      await untilAborted(before, signal, 'the connection');
      return await this.#exchange(request, signal);
    } finally {
      void before.then(release);
    }
  }

  async #exchange({ body, ...head }: RawRequest, signal: AbortSignal): Promise<RawResponse> {
    const start = (): ClientRequest => httpRequest({ agent: this.#agent, ...head, signal });
    const first = start();
    try {
      return await answerTo(first, body);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (signal.aborted || !first.reusedSocket || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
      return answerTo(start(), body);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }
}

class ConnectingAgent extends Agent {
  readonly #connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly #signal: AbortSignal;

  constructor(connect: (signal: AbortSignal) => Promise<Duplex>, signal: AbortSignal) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#connect = connect;
    this.#signal = signal;
  }

  /** Node takes the connection from the callback when nothing is returned. */
  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const report = callback as (error: unknown, socket?: Duplex) => void;
    this.#connect(this.#signal).then(
      (socket) => report(null, socket),
      (error: unknown) => report(error),
    );
  }
}

function answerTo(request: ClientRequest, body: readonly Buffer[]): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      readResponse(response).then(resolve, reject);
    });
    writeBody(request, body).catch(reject);
  });
}

/** Piece after piece: what waits for its turn to be written would be copied together first. */
async function writeBody(request: ClientRequest, body: readonly Buffer[]): Promise<void> {
  const bytes = bytesOf(body);
  if (bytes <= WRITE_BYTES) {
    request.end(Buffer.concat(body));
    return;
  }
  request.flushHeaders();
  for (const piece of bytes <= LARGE_BYTES ? piecesOf(body, WRITE_BYTES) : joinedPieces(body, JOINED_BYTES)) {
    const isWritten = await new Promise<boolean>((resolve) => {
      request.write(piece, (error) => resolve(!error));
    });
    // Why, the request tells by its event: here it may be only that the connection is gone.
    if (!isWritten) return;
  }
  request.end();
}

async function readResponse(response: IncomingMessage): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES) throw new Error('the response is too large');
    chunks.push(chunk);
  }
  const { statusCode: status = 0, statusMessage: reason = '', headers } = response;
  return { status, reason, headers, body: Buffer.concat(chunks) };
}

/**
 * HTTP over one kept connection that a function opens, with answers of bounded size. Knows nothing of AWS.
 */
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

export interface RawResponse {
  readonly status: number;
  readonly body: Buffer;
}

/** Keeps one connection, opened by a function that may take its time. */
export class ConnectingAgent extends Agent {
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

/** One request and its answer; tried again once when a kept connection turns out to be closed. */
export async function exchange(
  agent: Agent,
  headers: Record<string, string>,
  body: Buffer,
  signal: AbortSignal,
): Promise<RawResponse> {
  const start = (): ClientRequest => httpRequest({ agent, method: 'POST', path: '/', headers, signal });
  const first = start();
  try {
    return await answerTo(first, body);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (signal.aborted || !first.reusedSocket || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
    return answerTo(start(), body);
  }
}

function answerTo(request: ClientRequest, body: Buffer): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      readResponse(response).then(resolve, reject);
    });
    request.end(body);
  });
}

async function readResponse(response: IncomingMessage): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_RESPONSE_BYTES) throw new Error('the response is too large');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
}

/**
 * One gRPC call on an HTTP/2 stream: messages there and back, and the status at the end. Cancelled by its signal or its
 * time limit. The errors that it throws are AppErrors.
 */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { AppError } from '../../../domain/errors.ts';
import { abortedError } from '../aborted.ts';
import type { GrpcCallOptions } from './grpc-connection.ts';
import { grpcError } from './grpc-errors.ts';

/** A flag byte (compressed or not) and the length. */
const PREFIX_BYTES = 5;
const NOTHING = new Uint8Array();
/** containerd sends at most 16 MiB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

export class GrpcCall {
  readonly #stream: ClientHttp2Stream;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #failure: AppError | undefined;
  #status: { code: number; message: string } | undefined;
  #httpStatus = 200;

  constructor(stream: ClientHttp2Stream, path: string, options: GrpcCallOptions) {
    this.#stream = stream;
    this.#path = path;
    this.#signal = options.signal;
    if (options.timeoutMs !== undefined) {
      const words = `containerd did not answer ${path} within ${options.timeoutMs} ms`;
      this.#timer = setTimeout(() => this.#fail(new AppError('deadline', words)), options.timeoutMs);
    }
    stream.on('response', (headers) => {
      this.#httpStatus = headers[':status'] ?? 200;
      this.#readStatus(headers);
    });
    stream.on('trailers', (headers) => this.#readStatus(headers));
    stream.on('error', (cause) => {
      this.#failure ??= unavailable(cause);
    });
    stream.once('close', () => {
      clearTimeout(this.#timer);
      this.#signal?.removeEventListener('abort', this.#abort);
    });
    if (this.#signal?.aborted === true) this.#abort();
    else this.#signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Resolves when there is room for the next message. What is wrong with the call is told by `messages`. */
  send(...[first = NOTHING, ...rest]: readonly Uint8Array[]): Promise<void> {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(
      rest.reduce((sum, piece) => sum + piece.length, first.length),
      1,
    );
    if (this.#stream.destroyed || this.#stream.writableEnded) return Promise.resolve();
    let hasRoom = this.#stream.write(Buffer.concat([prefix, first]));
    for (const piece of rest) hasRoom = this.#stream.write(piece);
    if (hasRoom || rest.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#stream.off('drain', done);
        this.#stream.off('close', done);
        resolve();
      };
      this.#stream.on('drain', done);
      this.#stream.on('close', done);
    });
  }

  /** No further messages from us. */
  end(): void {
    this.#stream.end();
  }

  cancel(): void {
    this.#fail(new AppError('aborted', `the call of ${this.#path} was cancelled`));
  }

  /** The answers, until the call has ended well. Throws what ended it otherwise. To be read once. */
  async *messages(): AsyncGenerator<Buffer> {
    const parts = new MessageParts();
    try {
      for await (const chunk of this.#stream.iterator({ destroyOnReturn: false })) {
        parts.push(chunk as Buffer);
        for (let message = parts.take(); message !== undefined; message = parts.take()) yield message;
      }
    } catch (error) {
      throw this.#failure ?? unavailable(error);
    } finally {
      this.#reset();
    }
    this.#assertEndedWell();
  }

  /** The one answer of a call that has one. */
  async answer(): Promise<Buffer> {
    let answer: Buffer | undefined;
    for await (const message of this.messages()) answer = message;
    if (answer === undefined) throw new AppError('internal', `no answer to ${this.#path}`);
    return answer;
  }

  readonly #abort = (): void => {
    this.#fail(abortedError(this.#signal));
  };

  #fail(error: AppError): void {
    this.#failure ??= error;
    this.#reset();
  }

  /**
   * Ends what of the stream is left. Not at once: promises also go on inside Node's reading of a frame, and nghttp2
   * writes into the stream of that frame afterwards, which a reset that is sent meanwhile has freed (seen as a damaged heap;
   * nodejs/node#64113).
   */
  #reset(): void {
    setImmediate(() => {
      if (this.#stream.destroyed) return;
      this.#stream.close(constants.NGHTTP2_CANCEL);
      this.#stream.destroy();
    });
  }

  #readStatus(headers: IncomingHttpHeaders): void {
    const code = headers['grpc-status'];
    if (typeof code !== 'string') return;
    const message = headers['grpc-message'];
    this.#status = { code: Number(code), message: typeof message === 'string' ? percentDecode(message) : '' };
  }

  #assertEndedWell(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#status?.code === 0) return;
    if (this.#status !== undefined) throw grpcError(this.#status.code, this.#status.message, this.#path);
    const words =
      this.#httpStatus === 200 ? 'containerd broke off the call' : `HTTP status ${this.#httpStatus}`;
    throw new AppError('unavailable', `${words} (${this.#path})`);
  }
}

/** Puts messages together from the pieces in which they arrive. */
class MessageParts {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #wanted = PREFIX_BYTES;
  #inBody = false;

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  take(): Buffer | undefined {
    for (;;) {
      if (this.#bytes < this.#wanted) return undefined;
      const piece = this.#cut();
      if (this.#inBody) {
        this.#inBody = false;
        this.#wanted = PREFIX_BYTES;
        return piece;
      }
      if (piece[0] !== 0) throw new AppError('internal', 'containerd sent a compressed message');
      this.#wanted = piece.readUInt32BE(1);
      this.#inBody = true;
      if (this.#wanted > MAX_MESSAGE_BYTES) {
        throw new AppError('internal', `containerd sent a message of ${this.#wanted} bytes`);
      }
    }
  }

  #cut(): Buffer {
    const first = this.#pieces[0];
    const all =
      first !== undefined && first.length >= this.#wanted ? first : Buffer.concat(this.#pieces, this.#bytes);
    const rest = all.subarray(this.#wanted);
    if (all === first) this.#pieces[0] = rest;
    else this.#pieces = [rest];
    if (rest.length === 0) this.#pieces.shift();
    this.#bytes -= this.#wanted;
    return all.subarray(0, this.#wanted);
  }
}

function unavailable(cause: unknown): AppError {
  const { code } = cause as NodeJS.ErrnoException;
  // Users read this, and the cause's words have the path of a socket.
  return new AppError('unavailable', 'containerd cannot be reached', {
    cause,
    details: { syscallCode: code },
  });
}

/** grpc-message is UTF-8 with %xx for what a header cannot hold. */
function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

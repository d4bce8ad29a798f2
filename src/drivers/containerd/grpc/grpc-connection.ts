/**
 * gRPC over a unix socket, on Node's own HTTP/2: what containerd needs and no more (no TLS, no compression, no name
 * resolution). It connects at the first call, and again at the next call after a break. Measured beside @grpc/grpc-js: half
 * the time and a third of the processor a call, 13 MB and 100 ms less at start.
 */
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { AppError } from '../../../domain/errors.ts';
import { assertNotAborted } from '../aborted.ts';
import { GrpcCall } from './grpc-call.ts';

export interface GrpcCallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** Room for messages on their way, MB; Node's 10 are too few for many layers at once. */
const SESSION_MEMORY_MB = 128;
/** How much a stream and the whole connection may receive ahead of the reader. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

const SERVER_GRACE_MS = 1_000;

export class GrpcConnection {
  readonly #socketPath: string;
  #session: ClientHttp2Session | undefined;
  #closed = false;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Begins a call. Whatever goes wrong is told by the call's own methods. */
  open(path: string, options: GrpcCallOptions): GrpcCall {
    if (this.#closed) throw new AppError('aborted', 'the connection to containerd is closed');
    assertNotAborted(options.signal);
    const stream = this.#connected().request(
      {
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
        [constants.HTTP2_HEADER_TE]: 'trailers',
        ...(options.timeoutMs === undefined ? {} : grpcTimeout(options.timeoutMs)),
        ...options.headers,
      },
      { endStream: false },
    );
    return new GrpcCall(stream, path, options);
  }

  /** Ends the connection; calls under way fail with `aborted` or `unavailable`. */
  close(): void {
    this.#closed = true;
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    const current = this.#session;
    if (current !== undefined && !current.closed && !current.destroyed) return current;
    const session = connectHttp2('http://localhost', {
      createConnection: () => connectSocket(this.#socketPath),
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
    });
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.once('connect', () => {
      if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    // Every call under way gets the error on its own stream.
    session.on('error', forget);
    session.once('goaway', forget);
    session.once('close', forget);
    this.#session = session;
    return session;
  }
}

/** containerd gives up a little later than we do: it tells of that as of any failure. */
function grpcTimeout(timeoutMs: number): Record<string, string> {
  return { 'grpc-timeout': `${Math.ceil(timeoutMs) + SERVER_GRACE_MS}m` };
}

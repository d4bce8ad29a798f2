/**
 * One gRPC connection to a containerd, shared by the runtime and the image store. It connects at the first call,
 * and again by itself after a break. Errors are AppErrors with containerd's words.
 */
import { type ClientDuplexStream, credentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { AppError } from '../../domain/errors.ts';
import { grpcError } from './grpc-errors.ts';
import { decode, encode } from './proto/codec.ts';
import type { Request, Response } from './proto/message-types.ts';
import {
  BIDI_STREAM,
  type BidiStreamName,
  SERVER_STREAM,
  type ServerStreamName,
  UNARY,
  type UnaryName,
} from './proto/methods.ts';

export interface ContainerdClientOptions {
  /** Absolute path of containerd's socket. */
  readonly socketPath: string;
  /** containerd's namespace; made by `ensureNamespace`. */
  readonly namespace: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** A lease's id: what the call makes is held by it. */
  readonly lease?: string | undefined;
  readonly timeoutMs?: number;
}

/** containerd sends at most 16 MiB; the rest is for the frame. */
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;

export class ContainerdClient {
  readonly socketPath: string;
  readonly namespace: string;
  readonly #client: Client;

  constructor(options: ContainerdClientOptions) {
    this.socketPath = options.socketPath;
    this.namespace = options.namespace;
    this.#client = new Client(`unix:${options.socketPath}`, credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.enable_http_proxy': 0,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** A call with one request and one response. */
  call<N extends UnaryName>(
    name: N,
    request: Request<(typeof UNARY)[N]['request']>,
    options: CallOptions = {},
  ): Promise<Response<(typeof UNARY)[N]['response']>> {
    const method = UNARY[name];
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      const call = this.#client.makeUnaryRequest(
        method.path,
        (value: typeof request) => encode(method.request, value),
        (bytes: Buffer) => decode(method.response, bytes) as Response<(typeof UNARY)[N]['response']>,
        request,
        this.#metadata(options),
        { deadline: Date.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS) },
        (error, value) => {
          options.signal?.removeEventListener('abort', cancel);
          if (error !== null) reject(translate(error, method.path));
          else resolve(value as Response<(typeof UNARY)[N]['response']>);
        },
      );
      const cancel = () => call.cancel();
      options.signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** A call with one request and many responses. Ends with the signal (`aborted`), or when the reader stops. */
  async *stream<N extends ServerStreamName>(
    name: N,
    request: Request<(typeof SERVER_STREAM)[N]['request']>,
    options: CallOptions & { onOpen?: () => void } = {},
  ): AsyncGenerator<Response<(typeof SERVER_STREAM)[N]['response']>> {
    const method = SERVER_STREAM[name];
    options.signal?.throwIfAborted();
    const call = this.#client.makeServerStreamRequest(
      method.path,
      (value: typeof request) => encode(method.request, value),
      (bytes: Buffer) => decode(method.response, bytes) as Response<(typeof SERVER_STREAM)[N]['response']>,
      request,
      this.#metadata(options),
    );
    const cancel = () => call.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.onOpen !== undefined) call.once('metadata', options.onOpen);
    try {
      for await (const item of call) yield item as Response<(typeof SERVER_STREAM)[N]['response']>;
    } catch (error) {
      throw translate(error, method.path);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  /** A call with many requests and many responses. The caller ends or cancels it. */
  open<N extends BidiStreamName>(
    name: N,
    options: CallOptions = {},
  ): ClientDuplexStream<
    Request<(typeof BIDI_STREAM)[N]['request']>,
    Response<(typeof BIDI_STREAM)[N]['response']>
  > {
    const method = BIDI_STREAM[name];
    return this.#client.makeBidiStreamRequest(
      method.path,
      (value: Request<(typeof BIDI_STREAM)[N]['request']>) => encode(method.request, value),
      (bytes: Buffer) => decode(method.response, bytes) as Response<(typeof BIDI_STREAM)[N]['response']>,
      this.#metadata(options),
    );
  }

  /** Makes the client's namespace in containerd where it is missing. */
  async ensureNamespace(signal?: AbortSignal): Promise<void> {
    try {
      await this.call('namespaceCreate', { namespace: { name: this.namespace } }, { signal });
    } catch (error) {
      if (!(error instanceof AppError && error.kind === 'already-exists')) throw error;
    }
  }

  close(): void {
    this.#client.close();
  }

  #metadata(options: CallOptions): Metadata {
    const metadata = new Metadata();
    metadata.set('containerd-namespace', this.namespace);
    if (options.lease !== undefined) metadata.set('containerd-lease', options.lease);
    return metadata;
  }
}

/** An AppError from what grpc-js throws. */
export function translate(error: unknown, method: string): AppError {
  if (error instanceof AppError) return error;
  const { code, details } = error as Partial<ServiceError>;
  if (typeof code === 'number') return grpcError(code, details ?? String(error), method, error);
  return new AppError('internal', String(error), { cause: error });
}

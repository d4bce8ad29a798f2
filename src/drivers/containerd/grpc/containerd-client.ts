/**
 * A connection to one containerd, with typed calls; shared by the runtime and the image store. It connects at the first
 * call, and again by itself after a break. Errors are AppErrors with containerd's words.
 */
import { hasKind } from '../../../domain/errors.ts';
import type { GrpcCall } from './grpc-call.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { decode, encode, encodePieces } from '../proto/codec.ts';
import type { Request, Response } from '../proto/message-types.ts';
import {
  BIDI_STREAM,
  type BidiStreamName,
  SERVER_STREAM,
  type ServerStreamName,
  UNARY,
  type UnaryName,
} from '../proto/methods.ts';

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
  /** Undefined, where given: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

/** Both directions of a call with many requests and many responses. */
export interface BidiCall<N extends BidiStreamName> {
  /** Resolves when there is room for more. */
  send(request: Request<(typeof BIDI_STREAM)[N]['request']>): Promise<void>;
  end(): void;
  cancel(): void;
  /** To be read once. Throws what ended the call. */
  responses(): AsyncGenerator<Response<(typeof BIDI_STREAM)[N]['response']>>;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export class ContainerdClient {
  readonly socketPath: string;
  readonly namespace: string;
  readonly #connection: GrpcConnection;

  constructor(options: ContainerdClientOptions) {
    this.socketPath = options.socketPath;
    this.namespace = options.namespace;
    this.#connection = new GrpcConnection(options.socketPath);
  }

  /** A call with one request and one response. */
  async call<N extends UnaryName>(
    name: N,
    request: Request<(typeof UNARY)[N]['request']>,
    options: CallOptions = {},
  ): Promise<Response<(typeof UNARY)[N]['response']>> {
    const method = UNARY[name];
    const bytes = encode<(typeof UNARY)[N]['request']>(method.request, request);
    const call = this.#open(method.path, { timeoutMs: DEFAULT_TIMEOUT_MS, ...options });
    void call.send(bytes);
    call.end();
    return decode<(typeof UNARY)[N]['response']>(method.response, await call.answer());
  }

  /** A call with one request and many responses. It ends with the signal (`aborted`), or when the reader stops. */
  async *stream<N extends ServerStreamName>(
    name: N,
    request: Request<(typeof SERVER_STREAM)[N]['request']>,
    options: CallOptions = {},
  ): AsyncGenerator<Response<(typeof SERVER_STREAM)[N]['response']>> {
    const method = SERVER_STREAM[name];
    const bytes = encode<(typeof SERVER_STREAM)[N]['request']>(method.request, request);
    const call = this.#open(method.path, options);
    void call.send(bytes);
    call.end();
    for await (const message of call.messages()) {
      yield decode<(typeof SERVER_STREAM)[N]['response']>(method.response, message);
    }
  }

  /** A call with many requests and many responses. The caller ends or cancels it. */
  open<N extends BidiStreamName>(name: N, options: CallOptions = {}): BidiCall<N> {
    const method = BIDI_STREAM[name];
    const call = this.#open(method.path, options);
    return {
      send: (request) =>
        call.send(...encodePieces<(typeof BIDI_STREAM)[N]['request']>(method.request, request)),
      end: () => call.end(),
      cancel: () => call.cancel(),
      async *responses() {
        for await (const message of call.messages()) {
          yield decode<(typeof BIDI_STREAM)[N]['response']>(method.response, message);
        }
      },
    };
  }

  /** Makes the client's namespace in containerd where it is missing. */
  async ensureNamespace(signal?: AbortSignal): Promise<void> {
    try {
      await this.call('namespaceCreate', { namespace: { name: this.namespace } }, { signal });
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }

  #open(path: string, options: CallOptions): GrpcCall {
    const lease = options.lease === undefined ? {} : { 'containerd-lease': options.lease };
    return this.#connection.open(path, {
      headers: { 'containerd-namespace': this.namespace, ...lease },
      signal: options.signal,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
  }
}

/**
 * A small client for services that speak AWS JSON, for Neargate's own use: signs, encodes by the SDK's schemas, keeps
 * one connection that the caller opens (in whatever network namespace), and turns error envelopes into ApiError.
 * Calls queue on that connection. Failures of the connection are AppErrors.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { ApiError, AppError, isApiError } from '../../domain/errors.ts';
import { bytesOf } from '../http/body-pieces.ts';
import { KeptConnection, type RawResponse } from '../http/kept-connection.ts';
import { untilAborted } from '../http/until-aborted.ts';
import { parseJson } from '../json/body.ts';
import type { OperationSchema } from '../service.ts';
import { type SigningCredentials, signRequest } from '../sigv4/sign.ts';
import { SigningKeyCache } from '../sigv4/signing-key.ts';
import { SchemaCodecs } from './operation-codec.ts';

export interface JsonClientOptions {
  /** Name in the credential scope: `logs`. */
  readonly service: string;
  readonly targetPrefix: string;
  /** Value of the Host header: `logs.us-east-1.amazonaws.com` or `127.0.0.1:4580`. */
  readonly host: string;
  readonly region: string;
  /** Asked before every call, within its time limit, so that it may renew them. */
  readonly credentials: () => SigningCredentials | Promise<SigningCredentials>;
  /** Opens the connection. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  readonly clock: { now(): number };
  /** For one call, all told. Default 30 s. */
  readonly timeoutMs?: number;
  readonly jsonVersion?: '1.0' | '1.1';
  /** May be shared with other clients. */
  readonly codecs?: SchemaCodecs;
}

export interface JsonClient {
  /**
   * One call. Throws ApiError with the service's code, AppError `unavailable` when the connection fails,
   * `deadline` after the time limit, `aborted` by the signal. A call may have had its effect when it throws AppError.
   */
  call<I extends object, O>(operation: OperationSchema, input: I, signal?: AbortSignal): Promise<O>;
  /** The body that `call` would send, for `send`. */
  encode<I extends object>(operation: OperationSchema, input: I): Buffer;
  /** A call with a body that was encoded before, in pieces, and may be sent again. Throws as `call` does. */
  send<O>(operation: OperationSchema, body: readonly Buffer[], signal?: AbortSignal): Promise<O>;
  /** Of the last answer that was no error. */
  readonly lastHeaders: IncomingHttpHeaders | undefined;
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Builds a client; it connects at the first call. */
export function createJsonClient(options: JsonClientOptions): JsonClient {
  const codecs = options.codecs ?? new SchemaCodecs();
  const keys = new SigningKeyCache(4);
  const connection = new KeptConnection((signal) => options.connect(signal));
  const version = options.jsonVersion ?? '1.1';
  let lastHeaders: IncomingHttpHeaders | undefined;

  async function post(target: string, body: readonly Buffer[], signal: AbortSignal): Promise<RawResponse> {
    const headers = {
      host: options.host,
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': target,
    };
    const wire = { method: 'POST', url: '/', headers, body };
    const signed = signRequest(wire, {
      credentials: await untilAborted(Promise.resolve(options.credentials()), signal, 'credentials'),
      region: options.region,
      service: options.service,
      nowMs: options.clock.now(),
      keys,
    });
    const length = { 'content-length': String(bytesOf(body)) };
    return connection.send(
      { method: 'POST', path: '/', headers: { ...headers, ...signed, ...length }, body },
      signal,
    );
  }

  return {
    call<I extends object, O>(operation: OperationSchema, input: I, signal?: AbortSignal): Promise<O> {
      return this.send<O>(operation, [this.encode(operation, input)], signal);
    },
    encode<I extends object>(operation: OperationSchema, input: I): Buffer {
      return Buffer.from(codecs.operation(operation).encodeInput(input));
    },
    async send<O>(operation: OperationSchema, body: readonly Buffer[], signal?: AbortSignal): Promise<O> {
      const target = `${options.targetPrefix}.${operation[2]}`;
      const limit = new CallLimit(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, signal, connection.closed);
      let response: RawResponse;
      try {
        response = await post(target, body, limit.signal);
        // The clock may have been set after it was signed.
        if (isClockError(response)) response = await post(target, body, limit.signal);
      } catch (error) {
        throw connectionError(target, error, limit);
      } finally {
        limit.release();
      }
      if (response.status !== 200) throw envelopeError(response);
      lastHeaders = response.headers;
      return codecs.operation(operation).decodeOutput(response.body) as O;
    },
    get lastHeaders() {
      return lastHeaders;
    },
    close() {
      connection.close();
    },
  };
}

/** Ends a call by its time limit or by either of two signals. Not AbortSignal.any: it would gather on long-lived signals. */
class CallLimit {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #signals: readonly AbortSignal[];
  readonly #abort = (): void => this.#controller.abort();
  timedOut = false;

  constructor(timeoutMs: number, ...signals: readonly (AbortSignal | undefined)[]) {
    this.#timer = setTimeout(() => {
      this.timedOut = true;
      this.#abort();
    }, timeoutMs);
    this.#signals = signals.filter((signal) => signal !== undefined);
    for (const signal of this.#signals) {
      if (signal.aborted) this.#abort();
      else signal.addEventListener('abort', this.#abort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#abort);
  }
}

function connectionError(target: string, error: unknown, limit: CallLimit): AppError {
  if (error instanceof AppError && !limit.signal.aborted) return error;
  const kind = limit.timedOut ? 'deadline' : limit.signal.aborted ? 'aborted' : 'unavailable';
  return new AppError(kind, `${target} got no answer`, { cause: error });
}

/** Whether it says that the signature is too old or too new; or wrong, which another one does not change. */
function isClockError(response: RawResponse): boolean {
  return response.status !== 200 && isApiError(envelopeError(response), 'InvalidSignatureException');
}

/** An error of the service; an answer that is none of its envelopes means that something else answered. */
function envelopeError({ status, headers, body }: RawResponse): Error {
  let envelope: unknown;
  try {
    envelope = parseJson(body).value;
  } catch {
    envelope = undefined;
  }
  if (typeof envelope !== 'object' || envelope === null || !('__type' in envelope)) {
    return new AppError('unavailable', `the endpoint answered with status ${status}`, {
      details: { status },
    });
  }
  const { __type: type, message, Message, ...fields } = envelope as Record<string, unknown>;
  const code = String(type).split('#').at(-1) ?? 'InternalFailure';
  const text = message ?? Message;
  const requestId = headers['x-amzn-requestid'];
  return new ApiError(code, typeof text === 'string' ? text : '', fields, {
    status,
    requestId: typeof requestId === 'string' ? requestId : '',
  });
}

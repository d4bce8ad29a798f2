/**
 * What a protocol is to the dispatcher: which requests are written in it, which operation one names, and how input,
 * output and errors of that operation look as bytes. Knows no HTTP server.
 */
import type { ApiError } from '../domain/errors.ts';
import type { ServicePermissions } from './authorization.ts';
import type { OperationDefinition } from './service.ts';
import type { WireRequest } from './sigv4/canonical-request.ts';

export interface Protocol {
  /** True when the request is written in this protocol. */
  speaks(request: WireRequest): boolean;
  /** The operation that the request names. Throws ApiError when there is none of that name. */
  operationOf(request: WireRequest): BoundOperation;
  /** An error before an operation is known. */
  envelope(error: ApiError, requestId: string): ErrorEnvelope;
}

/** An operation with its codec. */
export interface BoundOperation {
  /** The service's name in credential scopes. */
  readonly service: string;
  readonly permissions: ServicePermissions;
  readonly definition: OperationDefinition;
  readonly contentType: string;
  /** Further headers of an answer that is no error. */
  readonly headers?: Readonly<Record<string, string>>;
  /** HTTP's, of an answer that is no error. */
  readonly successStatus: number;
  /** What a fault of ours is called. */
  readonly serverFault: ApiError;
  /** Throws ApiError for what does not fit the schema. */
  decodeInput(request: WireRequest): object;
  /** Throws TypeError for a value of a wrong type. */
  encodeOutput(output: unknown, requestId: string): string | Uint8Array;
  envelope(error: ApiError, requestId: string): ErrorEnvelope;
}

/** An error as the wire carries it. */
export interface ErrorEnvelope {
  readonly status: number;
  readonly code: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

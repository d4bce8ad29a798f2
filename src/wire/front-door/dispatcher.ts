/**
 * One API request from its headers and body to the bytes of its answer: finds the operation, asks who signed, decodes,
 * runs the handler, encodes. Every failure ends as an envelope; what is not an ApiError is logged with its cause and
 * answered as the service's server fault, without its text.
 */
import { ApiError } from '../../domain/errors.ts';
import { commonErrorEnvelope, type ErrorEnvelope } from '../aws-json/exceptions.ts';
import { missingMembersError } from '../aws-json/operation-codec.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { headerOf } from '../sigv4/signature-claim.ts';
import type { Caller } from '../sigv4/verify.ts';
import type { OperationRegistry, RegisteredOperation } from './operation-registry.ts';
import { RequestScope, type WatchEnd } from './request-scope.ts';

/** The part of a logger that the front door needs. */
export interface FrontDoorLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** AWS's name of the error, when it is one. */
  readonly errorCode?: string;
}

export interface DispatcherOptions {
  readonly registry: OperationRegistry;
  /** Says who sent a request to a service; throws ApiError. */
  readonly identify: (request: WireRequest, service: string) => Caller;
  readonly logger: FrontDoorLogger;
}

const DEFAULT_CONTENT_TYPE = 'application/x-amz-json-1.1';
const AWS_JSON = /^application\/x-amz-json-1\.[01](?:\s*;|\s*$)/i;

export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  async dispatch(request: WireRequest, requestId: string, watchEnd: WatchEnd): Promise<Answer> {
    if (!AWS_JSON.test(headerOf(request, 'content-type') ?? '')) {
      return errorAnswer(
        commonErrorEnvelope('UnsupportedMediaTypeException', `Content-Type must be ${DEFAULT_CONTENT_TYPE}`),
      );
    }
    const operation = this.#options.registry.find(headerOf(request, 'x-amz-target') ?? '');
    if (operation === undefined) {
      return errorAnswer(
        commonErrorEnvelope(
          'UnknownOperationException',
          'The action or operation requested is not valid. Verify that the action is typed correctly.',
        ),
      );
    }
    try {
      const body = await this.#run(operation, request, requestId, watchEnd);
      return { status: 200, contentType: operation.contentType, body };
    } catch (error) {
      return errorAnswer(this.#envelope(operation, error, requestId), operation.contentType);
    }
  }

  async #run(
    operation: RegisteredOperation,
    request: WireRequest,
    requestId: string,
    watchEnd: WatchEnd,
  ): Promise<string> {
    const { service, definition, codec, exceptions } = operation;
    const caller = this.#options.identify(request, service.name);
    const { input, missing } = codec.decodeInput(request.body);
    if (missing.length > 0) throw missingMembersError(exceptions.badInputCode, missing);
    const output = await definition.handle(input, new RequestScope(caller, requestId, watchEnd));
    return codec.encodeOutput(output);
  }

  #envelope(operation: RegisteredOperation, error: unknown, requestId: string): ErrorEnvelope {
    const { definition, exceptions } = operation;
    let cause = error;
    if (error instanceof ApiError) {
      try {
        return exceptions.envelope(error);
      } catch (encodeError) {
        cause = encodeError;
      }
    }
    this.#options.logger.error('an operation failed', { operation: definition.name, requestId, cause });
    return exceptions.envelope(
      new ApiError(exceptions.serverFaultCode, 'Service Unavailable. Please try again later.'),
    );
  }
}

/** The answer that carries an error. */
export function errorAnswer(envelope: ErrorEnvelope, contentType = DEFAULT_CONTENT_TYPE): Answer {
  return { status: envelope.status, contentType, body: envelope.body, errorCode: envelope.code };
}

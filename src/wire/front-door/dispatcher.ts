/**
 * One API request from its headers and body to the bytes of its answer: finds the protocol and the operation, asks who
 * signed, decodes, asks whether he may (so often, and at all), runs the handler, encodes. Every failure ends as an envelope; what is not an ApiError is logged
 * with its cause and answered as the service's server fault, without its text.
 */
import { ApiError } from '../../domain/errors.ts';
import { commonErrorEnvelope } from '../aws-json/exceptions.ts';
import { type Arrival, type Authorizer, neededPermissions } from '../authorization.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import type { Caller } from '../sigv4/verify.ts';
import { admits, notHere } from './admission.ts';
import type { ApiThrottle } from './api-throttle.ts';
import { plainRequest } from './content-coding.ts';
import { DEFAULT_BODY_LIMIT_BYTES } from './request-body.ts';
import { type Exchange, RequestScope, type WatchEnd } from './request-scope.ts';

/** The part of a logger that the front door needs. */
export interface FrontDoorLogger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** AWS's name of the error, when it is one. */
  readonly errorCode?: string;
}

export interface DispatcherOptions {
  readonly protocols: readonly Protocol[];
  /** Says who sent a request to a service; throws ApiError. */
  readonly identify: (request: WireRequest, service: string) => Caller;
  /** Absent: everybody may do everything. */
  readonly authorizer?: Authorizer | undefined;
  /** Absent: everybody may ask as often as he likes. */
  readonly throttle?: ApiThrottle | undefined;
  readonly logger: FrontDoorLogger;
  /** Of a body that comes compressed. Default 4 MiB. */
  readonly bodyLimitBytes?: number;
  /** Told of each answer; must not throw. */
  readonly onAnswered?: ((answered: AnsweredRequest) => void) | undefined;
}

/** A request that was answered, for those who count. */
export interface AnsweredRequest {
  /** AWS's short name, and the operation's; `unknown` where the request names none that is here. */
  readonly service: string;
  readonly operation: string;
  /** HTTP's. */
  readonly status: number;
  readonly seconds: number;
}

interface Answered {
  readonly answer: Answer;
  readonly operation?: BoundOperation;
}

const UNKNOWN = 'unknown';

const UNKNOWN_CONTENT_TYPE = commonErrorEnvelope(
  'UnsupportedMediaTypeException',
  'Content-Type must be application/x-amz-json-1.1',
);

export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  async dispatch(
    request: WireRequest,
    requestId: string,
    watchEnd: WatchEnd,
    arrival: Arrival = {},
  ): Promise<Answer> {
    const begin = performance.now();
    const { answer, operation } = await this.#answer(request, { requestId, watchEnd, arrival });
    this.#options.onAnswered?.({
      service: operation?.service ?? UNKNOWN,
      operation: operation?.definition.name ?? UNKNOWN,
      status: answer.status,
      seconds: (performance.now() - begin) / 1000,
    });
    return answer;
  }

  async #answer(request: WireRequest, exchange: Exchange): Promise<Answered> {
    const { requestId, arrival } = exchange;
    const { protocols, bodyLimitBytes = DEFAULT_BODY_LIMIT_BYTES } = this.#options;
    const content = await plainRequest(request, bodyLimitBytes);
    if (content instanceof ApiError) return refused(commonErrorEnvelope(content.code, content.message));
    const protocol = protocols.find((candidate) => candidate.speaks(content));
    if (protocol === undefined) return refused(UNKNOWN_CONTENT_TYPE);
    let operation: BoundOperation;
    try {
      operation = protocol.operationOf(content);
      if (!admits(arrival.service, operation.service)) throw notHere(operation.service);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return refused(protocol.envelope(error, requestId));
    }
    try {
      const caller = this.#options.identify(request, operation.service);
      const output = await this.#run(operation, content, caller, exchange);
      const { successStatus: status, contentType, headers } = operation;
      const body = operation.encodeOutput(output, requestId);
      const answer = { status, contentType, body };
      return { operation, answer: headers === undefined ? answer : { ...answer, headers } };
    } catch (error) {
      return { operation, answer: errorAnswer(this.#envelope(operation, error, requestId)) };
    }
  }

  async #run(
    operation: BoundOperation,
    content: WireRequest,
    caller: Caller,
    exchange: Exchange,
  ): Promise<unknown> {
    const input = operation.decodeInput(content);
    const { authorizer, throttle } = this.#options;
    throttle?.check(caller, operation.service, operation.definition.name, input);
    if (authorizer?.mayDoEverything(caller) === false) {
      const { permissions, definition } = operation;
      const needed = await neededPermissions(permissions, definition.name, input, caller);
      await authorizer.check(caller, needed, exchange.arrival);
    }
    return operation.definition.handle(input, new RequestScope(caller, exchange));
  }

  #envelope(operation: BoundOperation, error: unknown, requestId: string): ErrorEnvelope {
    const { definition } = operation;
    let cause = error;
    if (error instanceof ApiError) {
      try {
        return operation.envelope(error, requestId);
      } catch (encodeError) {
        cause = encodeError;
      }
    }
    this.#options.logger.error('an operation failed', { operation: definition.name, requestId, cause });
    return operation.envelope(operation.serverFault, requestId);
  }
}

const refused = (envelope: ErrorEnvelope): Answered => ({ answer: errorAnswer(envelope) });

/** The answer that carries an error. */
export function errorAnswer({ code, ...answer }: ErrorEnvelope): Answer {
  return { ...answer, errorCode: code };
}

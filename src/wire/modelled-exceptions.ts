/** The exceptions that a service models: HTTP status and further members come from their schemas. */
import type { ApiError } from '../domain/errors.ts';
import { type ExceptionSchema, exceptionSchema, queryError } from './exception-schema.ts';
import type { SchemaRef } from './shape.ts';

interface ModelledException<T> {
  readonly status: number;
  readonly messageMember: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly encode: (value: unknown) => T;
}

/** An exception as a protocol writes it: `T` is its members. */
export interface EncodedException<T> {
  readonly status: number;
  readonly members: T;
  /** For clients of services that have spoken the query protocol: what the error is called there. */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export class ModelledExceptions<T> {
  readonly #namespace: string;
  readonly #compile: (schema: SchemaRef) => (value: unknown) => T;
  readonly #known = new Map<string, ModelledException<T>>();

  /** `compile` gives the encoder of a schema in the protocol. */
  constructor(namespace: string, compile: (schema: SchemaRef) => (value: unknown) => T) {
    this.#namespace = namespace;
    this.#compile = compile;
  }

  /** True when the service models an exception of this name. */
  has(code: string): boolean {
    return this.#find(code) !== undefined;
  }

  /** An error with the members that its exception has; undefined when it is not modelled. */
  encode(error: ApiError): EncodedException<T> | undefined {
    const exception = this.#find(error.code);
    if (exception === undefined) return undefined;
    const members = exception.encode({ ...error.fields, [exception.messageMember]: error.message });
    return { status: exception.status, members, headers: exception.headers };
  }

  #find(code: string): ModelledException<T> | undefined {
    const known = this.#known.get(code);
    if (known !== undefined) return known;
    const found = exceptionSchema(this.#namespace, code);
    if (found === undefined) return undefined;
    const exception = this.#read(found);
    this.#known.set(code, exception);
    return exception;
  }

  #read({ schema, shape }: ExceptionSchema): ModelledException<T> {
    const declared = shape.traits['httpError'];
    const status = shape.traits['error'] === 'server' ? 500 : 400;
    const inQuery = queryError(shape);
    return {
      status: typeof declared === 'number' ? declared : status,
      headers:
        inQuery === undefined
          ? undefined
          : { 'x-amzn-query-error': `${inQuery.code};${inQuery.status < 500 ? 'Sender' : 'Receiver'}` },
      messageMember: shape.members.some(({ name }) => name === 'Message') ? 'Message' : 'message',
      encode: this.#compile(schema),
    };
  }
}

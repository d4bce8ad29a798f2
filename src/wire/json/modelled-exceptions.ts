/**
 * The exceptions that a service models, in JSON: HTTP status and further members come from their schemas.
 */
import type { ApiError } from '../../domain/errors.ts';
import { type ExceptionSchema, exceptionSchema } from '../exception-schema.ts';
import type { Encode } from './encode.ts';
import type { SchemaCompilers } from './schema-compilers.ts';

interface ModelledException {
  readonly status: number;
  readonly messageMember: string;
  readonly encode: Encode;
}

export class ModelledExceptions {
  readonly #namespace: string;
  readonly #compilers: SchemaCompilers;
  readonly #known = new Map<string, ModelledException>();

  constructor(namespace: string, compilers: SchemaCompilers) {
    this.#namespace = namespace;
    this.#compilers = compilers;
  }

  /** True when the service models an exception of this name. */
  has(code: string): boolean {
    return this.#find(code) !== undefined;
  }

  /** Status and JSON object of an error with members that the exception has; undefined when it is not modelled. */
  encode(error: ApiError): { readonly status: number; readonly members: string } | undefined {
    const exception = this.#find(error.code);
    if (exception === undefined) return undefined;
    const members = exception.encode({ ...error.fields, [exception.messageMember]: error.message });
    return { status: exception.status, members };
  }

  #find(code: string): ModelledException | undefined {
    const known = this.#known.get(code);
    if (known !== undefined) return known;
    const found = exceptionSchema(this.#namespace, code);
    if (found === undefined) return undefined;
    const exception = this.#compile(found);
    this.#known.set(code, exception);
    return exception;
  }

  #compile({ schema, shape }: ExceptionSchema): ModelledException {
    const declared = shape.traits['httpError'];
    const status = shape.traits['error'] === 'server' ? 500 : 400;
    return {
      status: typeof declared === 'number' ? declared : status,
      messageMember: shape.members.some(({ name }) => name === 'Message') ? 'Message' : 'message',
      encode: this.#compilers.encoders.compile(schema),
    };
  }
}

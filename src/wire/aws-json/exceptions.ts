/**
 * The exceptions of a service: HTTP status and further members come from their schemas, which the SDK registers by
 * namespace. Codes that the service does not model (SerializationException, InvalidSignatureException …) are AWS's
 * common errors: status 400 with a message, but for the few in the table.
 */
import { TypeRegistry } from '@smithy/core/schema';
import type { ApiError } from '../../domain/errors.ts';
import type { ErrorEnvelope } from '../protocol.ts';
import { resolveShape, type StructureShape } from '../shape.ts';
import type { Encode } from './encode.ts';
import type { SchemaCodecs } from './operation-codec.ts';

/** Of answers to requests that no service has. */
const CONTENT_TYPE = 'application/x-amz-json-1.1';

const COMMON_STATUS: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  ServiceUnavailable: 503,
  RequestEntityTooLargeException: 413,
  UnsupportedMediaTypeException: 415,
};

interface ModelledException {
  readonly status: number;
  readonly messageMember: string;
  readonly encode: Encode;
}

/** The envelope of an error that no service models. */
export function commonErrorEnvelope(code: string, message: string, status?: number): ErrorEnvelope {
  return {
    status: status ?? COMMON_STATUS[code] ?? 400,
    code,
    contentType: CONTENT_TYPE,
    body: `{"__type":${JSON.stringify(code)},"message":${JSON.stringify(message)}}`,
  };
}

export class ExceptionTable {
  readonly #registry: TypeRegistry;
  readonly #namespace: string;
  readonly #codecs: SchemaCodecs;
  readonly #known = new Map<string, ModelledException>();

  constructor(namespace: string, codecs: SchemaCodecs) {
    this.#namespace = namespace;
    this.#codecs = codecs;
    this.#registry = TypeRegistry.for(namespace);
  }

  /** True when the service models an exception of this name. */
  has(code: string): boolean {
    return this.#find(code) !== undefined;
  }

  /** What the service calls bad input that it does not model any closer. */
  get badInputCode(): string {
    return this.has('InvalidParameterException') ? 'InvalidParameterException' : 'ValidationException';
  }

  /** The service's own name for a fault of ours. */
  get serverFaultCode(): string {
    return this.has('ServerException') ? 'ServerException' : 'InternalFailure';
  }

  envelope(error: ApiError): ErrorEnvelope {
    const exception = this.#find(error.code);
    if (exception === undefined) return commonErrorEnvelope(error.code, error.message);
    const members = exception.encode({ ...error.fields, [exception.messageMember]: error.message });
    const type = `{"__type":${JSON.stringify(error.code)}`;
    return {
      status: exception.status,
      code: error.code,
      contentType: CONTENT_TYPE,
      body: members === '{}' ? `${type}}` : `${type},${members.slice(1)}`,
    };
  }

  #find(code: string): ModelledException | undefined {
    const known = this.#known.get(code);
    if (known !== undefined) return known;
    const schema: unknown = this.#registry.find((candidate) => {
      const [, namespace, name] = candidate as unknown as readonly unknown[];
      return namespace === this.#namespace && name === code;
    });
    const shape = schema === undefined ? undefined : resolveShape(schema);
    if (shape?.kind !== 'error') return undefined;
    const exception = this.#compile(schema, shape);
    this.#known.set(code, exception);
    return exception;
  }

  #compile(schema: unknown, shape: StructureShape): ModelledException {
    const declared = shape.traits['httpError'];
    const status = shape.traits['error'] === 'server' ? 500 : 400;
    return {
      status: typeof declared === 'number' ? declared : status,
      messageMember: shape.members.some(({ name }) => name === 'Message') ? 'Message' : 'message',
      encode: this.#codecs.encoders.compile(schema),
    };
  }
}

/**
 * The exceptions of a service as AWS JSON writes them. Codes that the service does not model (SerializationException,
 * InvalidSignatureException …) are AWS's common errors: status 400 with a message, but for the few in the table.
 */
import type { ApiError } from '../../domain/errors.ts';
import { ModelledExceptions } from '../modelled-exceptions.ts';
import type { SchemaCompilers } from '../json/schema-compilers.ts';
import type { ErrorEnvelope } from '../protocol.ts';

/** Of answers to requests that no service has. */
const CONTENT_TYPE = 'application/x-amz-json-1.1';

const COMMON_STATUS: Readonly<Record<string, number>> = {
  InternalFailure: 500,
  ServiceUnavailable: 503,
  RequestEntityTooLargeException: 413,
  UnsupportedMediaTypeException: 415,
};

/** The envelope of an error that no service models. */
export function commonErrorEnvelope(
  code: string,
  message: string,
  status?: number,
): ErrorEnvelope & { readonly body: string } {
  return {
    status: status ?? COMMON_STATUS[code] ?? 400,
    code,
    contentType: CONTENT_TYPE,
    body: `{"__type":${JSON.stringify(code)},"message":${JSON.stringify(message)}}`,
  };
}

const SERVER_FAULTS = ['ServerException', 'InternalServiceFault'];

export class ExceptionTable extends ModelledExceptions<string> {
  readonly #typePrefix: string;

  /** In AWS JSON 1.0 the type of an error is its whole shape id, in 1.1 its name. */
  constructor(namespace: string, compilers: SchemaCompilers, jsonVersion: '1.0' | '1.1' = '1.1') {
    super(namespace, (schema) => compilers.encoders.compile(schema));
    this.#typePrefix = jsonVersion === '1.0' ? `${namespace}#` : '';
  }

  /** What the service calls bad input that it does not model any closer. */
  get badInputCode(): string {
    return this.has('InvalidParameterException') ? 'InvalidParameterException' : 'ValidationException';
  }

  /** The service's own name for a fault of ours. */
  get serverFaultCode(): string {
    return SERVER_FAULTS.find((code) => this.has(code)) ?? 'InternalFailure';
  }

  envelope(error: ApiError): ErrorEnvelope {
    const encoded = this.encode(error);
    if (encoded === undefined) return commonErrorEnvelope(error.code, error.message);
    const { status, members, headers } = encoded;
    const type = `{"__type":${JSON.stringify(`${this.#typePrefix}${error.code}`)}`;
    return {
      ...(headers !== undefined && { headers }),
      status,
      code: error.code,
      contentType: CONTENT_TYPE,
      body: members === '{}' ? `${type}}` : `${type},${members.slice(1)}`,
    };
  }
}

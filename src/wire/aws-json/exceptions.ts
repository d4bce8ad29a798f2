/**
 * The exceptions of a service as AWS JSON writes them. Codes that the service does not model (SerializationException,
 * InvalidSignatureException …) are AWS's common errors: status 400 with a message, but for the few in the table.
 */
import type { ApiError } from '../../domain/errors.ts';
import { ModelledExceptions } from '../json/modelled-exceptions.ts';
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
export function commonErrorEnvelope(code: string, message: string, status?: number): ErrorEnvelope {
  return {
    status: status ?? COMMON_STATUS[code] ?? 400,
    code,
    contentType: CONTENT_TYPE,
    body: `{"__type":${JSON.stringify(code)},"message":${JSON.stringify(message)}}`,
  };
}

export class ExceptionTable extends ModelledExceptions {
  /** What the service calls bad input that it does not model any closer. */
  get badInputCode(): string {
    return this.has('InvalidParameterException') ? 'InvalidParameterException' : 'ValidationException';
  }

  /** The service's own name for a fault of ours. */
  get serverFaultCode(): string {
    return this.has('ServerException') ? 'ServerException' : 'InternalFailure';
  }

  envelope(error: ApiError): ErrorEnvelope {
    const encoded = this.encode(error);
    if (encoded === undefined) return commonErrorEnvelope(error.code, error.message);
    const { status, members } = encoded;
    const type = `{"__type":${JSON.stringify(error.code)}`;
    return {
      status,
      code: error.code,
      contentType: CONTENT_TYPE,
      body: members === '{}' ? `${type}}` : `${type},${members.slice(1)}`,
    };
  }
}

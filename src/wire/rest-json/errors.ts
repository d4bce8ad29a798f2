/**
 * Errors as REST services write them: the name is in the header x-amzn-ErrorType, which the front door adds. What the
 * service models has the members of its schema (EFS: ErrorCode and Message); AWS's common errors have a message and
 * other statuses than in AWS JSON.
 */
import { ApiError } from '../../domain/errors.ts';
import type { ModelledExceptions } from '../modelled-exceptions.ts';
import type { ErrorEnvelope } from '../protocol.ts';

export const JSON_CONTENT_TYPE = 'application/json';

const COMMON_STATUS: Readonly<Record<string, number>> = {
  UnrecognizedClientException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  ExpiredTokenException: 403,
  AccessDeniedException: 403,
  UnknownOperationException: 404,
  InternalFailure: 500,
};

/** The envelope of an error that no service models. */
export function commonEnvelope({ code, message }: ApiError): ErrorEnvelope {
  return {
    status: COMMON_STATUS[code] ?? 400,
    code,
    contentType: JSON_CONTENT_TYPE,
    body: `{"message":${JSON.stringify(message)}}`,
  };
}

/** Throws TypeError when the error's fields do not fit the exception's schema. */
export function modelledEnvelope(error: ApiError, exceptions: ModelledExceptions<string>): ErrorEnvelope {
  const { code, message, fields } = error;
  const encoded = exceptions.encode(new ApiError(code, message, { ErrorCode: code, ...fields }));
  if (encoded === undefined) return commonEnvelope(error);
  return { status: encoded.status, code, contentType: JSON_CONTENT_TYPE, body: encoded.members };
}

/** EC2's errors: an XML document with a code and a message. The SDK models none of them, so the statuses are here. */
import { ApiError } from '../../domain/errors.ts';
import type { ErrorEnvelope } from '../protocol.ts';
import { element, escapeXml, XML_CONTENT_TYPE, XML_DECLARATION } from '../query/encode.ts';

/** All others are 400, also an operation's own AuthFailure. */
const STATUS: Readonly<Record<string, number>> = {
  UnrecognizedClientException: 401,
  InvalidSignatureException: 401,
  MissingAuthenticationToken: 403,
  UnauthorizedOperation: 403,
  DryRunOperation: 412,
  InternalError: 500,
  RequestLimitExceeded: 503,
  Unavailable: 503,
};

const NOT_VALIDATED = 'AWS was not able to validate the provided access credentials';

/** What errors that all services have are called here. */
const COMMON_ERRORS: Readonly<Record<string, readonly [code: string, message: string]>> = {
  UnrecognizedClientException: ['AuthFailure', NOT_VALIDATED],
  InvalidSignatureException: ['AuthFailure', NOT_VALIDATED],
  ThrottlingException: ['RequestLimitExceeded', 'Request limit exceeded.'],
  ExpiredTokenException: ['RequestExpired', 'Request has expired.'],
  MissingAuthenticationTokenException: [
    'MissingAuthenticationToken',
    'Request must contain either a valid (registered) AWS access key ID or X.509 certificate.',
  ],
};

export const INTERNAL_ERROR = new ApiError('InternalError', 'An internal error has occurred');

export function ec2Envelope(error: ApiError, requestId: string): ErrorEnvelope {
  const [code, message] = COMMON_ERRORS[error.code] ?? [error.code.replace(/Exception$/, ''), error.message];
  const text = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
  const errors = element('Errors', element('Error', text));
  return {
    status: STATUS[error.code] ?? STATUS[code] ?? 400,
    code,
    contentType: XML_CONTENT_TYPE,
    body: `${XML_DECLARATION}${element('Response', errors + element('RequestID', escapeXml(requestId)))}`,
  };
}

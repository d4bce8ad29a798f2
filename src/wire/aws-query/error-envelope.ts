/** Errors of awsQuery: an XML document with who is to blame, a code and a message. */
import { ApiError } from '../../domain/errors.ts';
import { exceptionSchema, queryError } from '../exception-schema.ts';
import type { ErrorEnvelope } from '../protocol.ts';
import { element, escapeXml, XML_CONTENT_TYPE, XML_DECLARATION } from '../query/encode.ts';

export const INTERNAL_FAILURE = new ApiError(
  'InternalFailure',
  'The request processing has failed because of an unknown error, exception or failure.',
);

/** Of errors that all services have; those that a service models say it themselves, any other is 400. */
const STATUS: Readonly<Record<string, number>> = {
  InvalidClientTokenId: 403,
  SignatureDoesNotMatch: 403,
  ExpiredToken: 403,
  MissingAuthenticationToken: 403,
  AccessDenied: 403,
  InternalFailure: 500,
};

/** What errors that all services have are called here. */
const COMMON_CODES: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  ExpiredTokenException: 'ExpiredToken',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  AccessDeniedException: 'AccessDenied',
  ThrottlingException: 'Throttling',
};

export interface QueryNames {
  /** Namespace of the service's exceptions in the SDK's schemas. */
  readonly namespace: string;
  /** The document's namespace. */
  readonly xmlNamespace: string;
}

export function awsQueryEnvelope(error: ApiError, requestId: string, names?: QueryNames): ErrorEnvelope {
  const modelled = names === undefined ? undefined : modelledError(names.namespace, error.code);
  const code = modelled?.code ?? COMMON_CODES[error.code] ?? error.code;
  const status = modelled?.status ?? STATUS[code] ?? 400;
  const text =
    element('Type', status < 500 ? 'Sender' : 'Receiver') +
    element('Code', escapeXml(code)) +
    element('Message', escapeXml(error.message));
  const content = element('Error', text) + element('RequestId', escapeXml(requestId));
  const space = names === undefined ? '' : ` xmlns="${names.xmlNamespace}"`;
  const body = `${XML_DECLARATION}<ErrorResponse${space}>${content}</ErrorResponse>`;
  return { status, code, contentType: XML_CONTENT_TYPE, body };
}

/** The name and the status that an exception has on the wire. */
function modelledError(
  namespace: string,
  name: string,
): { readonly code: string; readonly status: number } | undefined {
  const found = exceptionSchema(namespace, name);
  if (found === undefined) return undefined;
  const { httpError } = found.shape.traits;
  return queryError(found.shape) ?? { code: name, status: typeof httpError === 'number' ? httpError : 400 };
}

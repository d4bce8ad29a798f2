/**
 * Reads what a request says about its signature: from the Authorization header, or from the query of a presigned
 * URL. Judges form only; malformed claims are IncompleteSignatureException, no claim at all is
 * MissingAuthenticationTokenException. Values of the header are never repeated in messages, only their hash.
 */
import { hash } from 'node:crypto';
import { ApiError } from '../../domain/errors.ts';
import { parseQuery, type WireRequest } from './canonical-request.ts';
import {
  ALGORITHM,
  type CredentialScope,
  formatTimestamp,
  parseTimestamp,
  TERMINATOR,
} from './signing-key.ts';

export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly sessionToken: string | undefined;
  readonly signedHeaders: readonly string[];
  /** As the caller wrote it. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly signedAtMs: number;
  /** Only of presigned requests. */
  readonly expiresSeconds?: number;
}

/** The signature's claim of a request. Throws ApiError. */
export function readSignatureClaim(request: WireRequest): SignatureClaim {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== undefined) return fromHeader(request, authorization);
  const queryStart = request.url.indexOf('?');
  if (queryStart !== -1 && request.url.includes('X-Amz-', queryStart)) {
    return fromQuery(new Map(parseQuery(request.url.slice(queryStart + 1))));
  }
  throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

/** A single header's value. */
export function headerOf(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

function fromHeader(request: WireRequest, authorization: string): SignatureClaim {
  const parameters = parseAuthorization(authorization);
  const date = headerDate(request);
  const credential = parameters.get('Credential');
  const signedHeaders = parameters.get('SignedHeaders');
  const signature = parameters.get('Signature');
  if (!credential || !signedHeaders || !signature || date === undefined) {
    const faults = [
      ...(credential ? [] : ["Authorization header requires 'Credential' parameter."]),
      ...(signature ? [] : ["Authorization header requires 'Signature' parameter."]),
      ...(signedHeaders ? [] : ["Authorization header requires 'SignedHeaders' parameter."]),
      ...(date === undefined
        ? ["Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."]
        : []),
    ];
    throw incomplete(`${faults.join(' ')} ${hashed('Authorization', authorization)}`);
  }
  const { accessKeyId, scope } = parseCredential(credential);
  return {
    accessKeyId,
    scope,
    sessionToken: headerOf(request, 'x-amz-security-token'),
    signedHeaders: parseSignedHeaders(signedHeaders),
    signature,
    timestamp: date.timestamp,
    signedAtMs: date.signedAtMs,
  };
}

/** `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, with commas or blanks between. */
function parseAuthorization(authorization: string): Map<string, string> {
  const space = authorization.indexOf(' ');
  const isOurs = authorization.slice(0, space) === ALGORITHM;
  const rest = authorization.slice(space + 1);
  const parameters = new Map<string, string>();
  for (const group of isOurs ? rest.split(',') : [rest]) {
    const trimmed = group.trim();
    for (const part of trimmed.includes(' ') ? trimmed.split(/ +/) : [trimmed]) {
      if (part === '') continue;
      const equals = part.indexOf('=');
      if (equals <= 0) {
        throw incomplete(
          `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${hash('sha256', part, 'base64')}'.`,
        );
      }
      parameters.set(part.slice(0, equals), part.slice(equals + 1));
    }
  }
  if (!isOurs) throw incomplete(`Unsupported AWS 'algorithm'. ${hashed('Authorization', authorization)}`);
  return parameters;
}

function headerDate(request: WireRequest): { timestamp: string; signedAtMs: number } | undefined {
  const basic = headerOf(request, 'x-amz-date');
  if (basic !== undefined) return basicDate(basic);
  const date = headerOf(request, 'date');
  if (date === undefined) return undefined;
  const epochMs = Date.parse(date);
  return Number.isNaN(epochMs)
    ? basicDate(date)
    : { timestamp: formatTimestamp(epochMs), signedAtMs: epochMs };
}

function basicDate(text: string): { timestamp: string; signedAtMs: number } {
  const signedAtMs = parseTimestamp(text);
  if (signedAtMs !== undefined) return { timestamp: text, signedAtMs };
  throw incomplete("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601");
}

function fromQuery(parameters: ReadonlyMap<string, string>): SignatureClaim {
  const required = (name: string): string => {
    const value = parameters.get(name);
    if (value) return value;
    throw incomplete(
      `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`,
    );
  };
  if (required('X-Amz-Algorithm') !== ALGORITHM) throw incomplete("Unsupported AWS 'algorithm'.");
  const expiresSeconds = Number(required('X-Amz-Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > 604_800) {
    throw incomplete('X-Amz-Expires must be a number of seconds between 1 and 604800.');
  }
  return {
    ...parseCredential(required('X-Amz-Credential')),
    sessionToken: parameters.get('X-Amz-Security-Token'),
    signedHeaders: parseSignedHeaders(required('X-Amz-SignedHeaders')),
    signature: required('X-Amz-Signature'),
    ...basicDate(required('X-Amz-Date')),
    expiresSeconds,
  };
}

/** `<access key id>/<date>/<region>/<service>/aws4_request`. */
export function parseCredential(credential: string): { accessKeyId: string; scope: CredentialScope } {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5 || accessKeyId === '') {
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    );
  }
  if (terminator !== TERMINATOR) {
    throw new ApiError(
      'InvalidSignatureException',
      `Credential should be scoped with a valid terminator: '${TERMINATOR}'.`,
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

const parseSignedHeaders = (text: string): readonly string[] => text.toLowerCase().split(';');

const hashed = (name: string, value: string): string =>
  `(Hashed with SHA-256 and encoded with Base64) ${name}=${hash('sha256', value, 'base64')}`;

function incomplete(message: string): ApiError {
  return new ApiError('IncompleteSignatureException', message);
}

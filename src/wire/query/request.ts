/** Requests of the query protocols: `Action=…&Version=…` as a form in a POST's body, or in the query of a GET. */
import { isUtf8 } from 'node:buffer';
import { ApiError } from '../../domain/errors.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { headerOf } from '../sigv4/signature-claim.ts';
import { type Parameter, parseParameters } from './parameters.ts';

const FORM = /^application\/x-www-form-urlencoded(?:\s*;|\s*$)/i;
/** Parameters of every request; those of signatures in the query have the prefix. */
const COMMON = new Set(['Action', 'Version']);
const SIGNATURE_PREFIX = 'X-Amz-';

const parsed = new WeakMap<WireRequest, Parameter>();

/** True when the request is written in one of the query protocols. */
export function isQuery(request: WireRequest): boolean {
  return request.method === 'GET' || FORM.test(headerOf(request, 'content-type') ?? '');
}

/** All parameters. Throws ApiError when they are malformed. */
export function requestParameters(request: WireRequest): Parameter {
  const known = parsed.get(request);
  if (known !== undefined) return known;
  const parameters = readParameters(request);
  parsed.set(request, parameters);
  return parameters;
}

/** Those of the operation's input. */
export function operationParameters(request: WireRequest): Parameter {
  const own = [...requestParameters(request).below].filter(
    ([key]) => !COMMON.has(key) && !key.startsWith(SIGNATURE_PREFIX),
  );
  return { text: undefined, below: new Map(own) };
}

function readParameters({ method, url, body }: WireRequest): Parameter {
  if (method === 'GET') return parseParameters(url.slice(url.indexOf('?') + 1));
  if (!isUtf8(body)) throw new ApiError('MalformedQueryString', 'The query string contains a syntax error.');
  return parseParameters(Buffer.from(body).toString('utf8'));
}

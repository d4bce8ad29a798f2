/**
 * The canonical form of an HTTP request, as AWS Signature Version 4 defines it: the same text at the signer and the
 * verifier. Paths are encoded twice, for S3 alone once.
 */

/** A request as it stands on the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path with query, undecoded, as on the request line. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Name, value, name, value …, as received; only read when a header may have come more than once. */
  readonly rawHeaders?: readonly string[];
  readonly body: Uint8Array;
}

/** Text to hash for a request to a service, its signed headers (lower case, sorted) and the hash of its payload. */
export function canonicalRequest(
  request: Omit<WireRequest, 'body'>,
  service: string,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const queryStart = request.url.indexOf('?');
  const path = queryStart === -1 ? request.url : request.url.slice(0, queryStart);
  const query = queryStart === -1 ? '' : request.url.slice(queryStart + 1);
  let headers = '';
  for (const name of signedHeaders) headers += `${name}:${headerValue(request, name)}\n`;
  return `${request.method}\n${service === 's3' ? path : canonicalPath(path)}\n${canonicalQuery(query)}\n${headers}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** Value of a header with outer blanks off and inner runs of blanks made one. */
function headerValue(request: Omit<WireRequest, 'body'>, name: string): string {
  const value = request.headers[name];
  if (value === undefined) return '';
  if (typeof value !== 'string') return value.map(trimAll).join(',');
  // Node joins repeated headers by ', ' where the canonical form has ','.
  if (request.rawHeaders !== undefined && value.includes(', ')) {
    const parts = repeatedValues(request.rawHeaders, name);
    if (parts.length > 1) return parts.map(trimAll).join(',');
  }
  return trimAll(value);
}

function repeatedValues(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

function trimAll(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('  ') ? trimmed.replace(/ +/g, ' ') : trimmed;
}

function canonicalPath(path: string): string {
  if (path === '/' || path === '') return '/';
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(uriEncode(segment));
  }
  const tail = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${tail}`;
}

/** Parameters sorted by encoded name, then value; X-Amz-Signature is never part of it. */
function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: [string, string][] = [];
  for (const [name, value] of parseQuery(query)) {
    if (name !== 'X-Amz-Signature') pairs.push([uriEncode(name), uriEncode(value)]);
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) =>
    nameA === nameB ? compare(valueA, valueB) : compare(nameA, nameB),
  );
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Decoded parameters in their order. A plus sign is a plus sign. */
export function parseQuery(query: string): [string, string][] {
  const result: [string, string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    result.push([uriDecode(name), equals === -1 ? '' : uriDecode(part.slice(equals + 1))]);
  }
  return result;
}

function uriDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: everything but unreserved characters. */
export function uriEncode(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Half a surrogate pair would make encodeURIComponent throw. */
function wellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

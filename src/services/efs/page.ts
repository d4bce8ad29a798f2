/**
 * Pages of Describe operations, in the order of ids. A marker or token holds the last id that was shown and what was
 * asked for, so that one of another question is refused.
 */
import { createHash } from 'node:crypto';
import { badRequest } from './errors.ts';
import { checkInteger } from './constraints.ts';

export interface PageRequest {
  readonly size: number | undefined;
  readonly token: string | undefined;
  /** As refusals call the two. */
  readonly names: { readonly size: 'maxItems' | 'maxResults'; readonly token: 'marker' | 'nextToken' };
  /** Name of the operation with everything that the list depends on. */
  readonly question: readonly unknown[];
}

/** The largest page, and the default; more that is asked for gives no more. */
const LARGEST = 100;
const DIGEST_LENGTH = 12;
const TOKEN = /^[A-Za-z0-9_-]{1,1000}$/;

/** Throws ValidationException for a size, BadRequest for a marker or token. */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { size, token, names, question }: PageRequest,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  checkInteger(names.size, size, { min: 1 });
  const digest = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, DIGEST_LENGTH);
  const after = token === undefined ? '' : placeIn(token, digest, names.token);
  const rest = items
    .filter((item) => idOf(item) > after)
    .sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  const shown = rest.slice(0, Math.min(size ?? LARGEST, LARGEST));
  const last = shown.at(-1);
  const hasMore = shown.length < rest.length && last !== undefined;
  return {
    items: shown,
    next: hasMore ? Buffer.from(`${digest}${idOf(last)}`, 'utf8').toString('base64url') : undefined,
  };
}

function placeIn(token: string, digest: string, name: string): string {
  const text = TOKEN.test(token) ? Buffer.from(token, 'base64url').toString('utf8') : '';
  if (text.startsWith(digest)) return text.slice(digest.length);
  throw badRequest(`The ${name} is not valid.`);
}

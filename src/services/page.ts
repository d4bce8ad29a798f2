/**
 * Pages of lists. A token holds where the next page begins and what the list was asked for, so that a token of
 * another list, or of another question, is refused. Callers see text that means nothing to them.
 */
import { createHash } from 'node:crypto';
import { ApiError } from '../domain/errors.ts';
import { checkRange, type RefusalCode } from '../domain/ecs/constraints.ts';

const CODES = { size: 'InvalidParameterException', token: 'InvalidParameterException' } as const;
const DIGEST_LENGTH = 12;

export interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

export interface PageRules {
  /** Name of the operation with everything that the list depends on. */
  readonly question: readonly unknown[];
  /** Largest page, and the default. */
  readonly max: number;
  /** The exceptions for a size and for a token that are not valid; InvalidParameterException where none are named. */
  readonly codes?: { readonly size: RefusalCode; readonly token: string };
}

export interface Page {
  readonly limit: number;
  /** Begin behind this place; undefined for the first page. */
  readonly after: string | undefined;
  /** The token of the page that begins behind `place`. */
  readonly token: (place: string) => string;
  /** For a token that is not valid. */
  readonly refusal: () => ApiError;
}

/** Throws for a size or a token that is not valid. */
export function pageOf({ nextToken, maxResults }: PageRequest, rules: PageRules): Page {
  const { question, max, codes = CODES } = rules;
  const refusal = (): ApiError => new ApiError(codes.token, 'Invalid token.');
  checkRange(codes.size, 'maxResults', maxResults, { min: 1, max });
  const digest = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, DIGEST_LENGTH);
  return {
    limit: maxResults ?? max,
    after: nextToken === undefined || nextToken === '' ? undefined : placeIn(nextToken, digest, refusal),
    token: (place) => Buffer.from(`${digest}${place}`, 'utf8').toString('base64url'),
    refusal,
  };
}

/** All names that places are made of are ASCII. */
/** A place can be a metric with 30 dimensions. */
const TOKEN = /^[A-Za-z0-9_-]{1,100000}$/;
const PLACE = /^[\x20-\x7e]+$/;

function placeIn(token: string, digest: string, refusal: Page['refusal']): string {
  const text = TOKEN.test(token) ? Buffer.from(token, 'base64url').toString('utf8') : '';
  const place = text.slice(digest.length);
  if (text.startsWith(digest) && PLACE.test(place)) return place;
  throw refusal();
}

/** A page of a list that is all in memory, in order; places are the items' names. */
export function pageOfAll<T>(items: readonly T[], nameOf: (item: T) => string, page: Page) {
  const start = page.after === undefined ? 0 : items.findIndex((item) => nameOf(item) === page.after) + 1;
  if (page.after !== undefined && start === 0) throw page.refusal();
  const shown = items.slice(start, start + page.limit);
  const last = shown.at(-1);
  const hasMore = start + page.limit < items.length && last !== undefined;
  return { items: shown, nextToken: hasMore ? page.token(nameOf(last)) : undefined };
}

/**
 * Pages of Describe operations. Lists are in the order of ids; a token holds the last id that was shown and what was
 * asked for, so that a token of another question is refused. Without a size everything comes at once.
 */
import { createHash } from 'node:crypto';
import { ApiError } from '../../domain/errors.ts';
import { invalidParameterValue } from './errors.ts';

export interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface PageRules {
  /** Name of the operation with everything that the list depends on. */
  readonly question: readonly unknown[];
  /** Smallest and largest page. Default 5 and 1000. */
  readonly min?: number;
  readonly max?: number;
}

/** For operations that take any size and give no larger pages. */
export function withinMax<T extends PageInput>(input: T, max = 1000): T {
  return input.MaxResults === undefined ? input : { ...input, MaxResults: Math.min(input.MaxResults, max) };
}

const DIGEST_LENGTH = 12;
const TOKEN = /^[A-Za-z0-9_-]{1,2000}$/;

/** Throws InvalidParameterValue for a size, InvalidNextToken for a token. */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { MaxResults: size, NextToken: token }: PageInput,
  { question, min = 5, max = 1000 }: PageRules,
): { readonly items: readonly T[]; readonly nextToken: string | undefined } {
  checkSize(size, min, max);
  const digest = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, DIGEST_LENGTH);
  const after = token === undefined ? '' : placeIn(token, digest);
  const rest = items
    .filter((item) => idOf(item) > after)
    .sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  const shown = size === undefined ? rest : rest.slice(0, size);
  const last = shown.at(-1);
  const hasMore = shown.length < rest.length && last !== undefined;
  return {
    items: shown,
    nextToken: hasMore ? Buffer.from(`${digest}${idOf(last)}`, 'utf8').toString('base64url') : undefined,
  };
}

function checkSize(size: number | undefined, min: number, max: number): void {
  if (size === undefined || (size >= min && size <= max)) return;
  const bound = size < min ? `greater than ${min}` : `smaller than ${max}`;
  throw invalidParameterValue(
    `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value ${bound}.`,
  );
}

function placeIn(token: string, digest: string): string {
  const text = TOKEN.test(token) ? Buffer.from(token, 'base64url').toString('utf8') : '';
  if (text.startsWith(digest)) return text.slice(digest.length);
  throw new ApiError('InvalidNextToken', 'The specified NextToken is not valid.');
}

/** Pages of IAM's lists. */
import { checkRange } from '../../domain/ecs/constraints.ts';
import { pageOf, pageOfAll } from '../page.ts';

const MOST_ITEMS = 1000;
const USUAL_ITEMS = 100;
const CODES = { size: 'ValidationError', token: 'ValidationError' } as const;

export interface IamPageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** What of a list is shown; places are the items' names. `question`: the operation with all that the list depends on. */
export function iamPage<T>(
  { Marker, MaxItems }: IamPageRequest,
  question: readonly unknown[],
  items: readonly T[],
  nameOf: (item: T) => string,
): { readonly items: readonly T[]; readonly page: { IsTruncated: boolean; Marker?: string } } {
  checkRange('ValidationError', 'maxItems', MaxItems, { min: 1, max: MOST_ITEMS });
  const request = { nextToken: Marker, maxResults: MaxItems ?? USUAL_ITEMS };
  const rules = pageOf(request, { question, max: MOST_ITEMS, codes: CODES });
  const { items: shown, nextToken } = pageOfAll(items, nameOf, rules);
  return {
    items: shown,
    page: { IsTruncated: nextToken !== undefined, ...(nextToken !== undefined && { Marker: nextToken }) },
  };
}

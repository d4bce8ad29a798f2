/** Pages of ECR's lists. */
import { type Page, pageOf, type PageRequest } from '../page.ts';
import { checkRange } from './constraints.ts';

export const MOST_RESULTS = 1000;
const USUAL_RESULTS = 100;

/** 100 a page where nobody asks for another number. Throws InvalidParameterException. */
export function ecrPage({ nextToken, maxResults }: PageRequest, question: readonly unknown[]): Page {
  checkRange('maxResults', maxResults, 1, MOST_RESULTS);
  return pageOf({ nextToken, maxResults: maxResults ?? USUAL_RESULTS }, { question, max: MOST_RESULTS });
}

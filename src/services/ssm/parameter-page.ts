/** Pages of parameters, in the order of their names. */
import type { Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import { pageOf, pageOfAll, type PageRequest } from '../page.ts';
import type { SsmDeps } from './deps.ts';

export const PAGE_CODES = { size: 'ValidationException', token: 'InvalidNextToken' } as const;

export interface ParameterQuestion {
  readonly scope: Scope;
  readonly question: readonly unknown[];
  readonly most: number;
  readonly isWanted: (record: ParameterRecord) => boolean;
}

export async function parameterPage(
  { store }: Pick<SsmDeps, 'store'>,
  request: PageRequest,
  { scope, question, most, isWanted }: ParameterQuestion,
) {
  const page = pageOf(request, { question, max: most, codes: PAGE_CODES });
  const entries = await store.range<ParameterRecord>({ prefix: keys.parameters(scope) });
  const found = entries.map(({ value }) => value).filter(isWanted);
  return pageOfAll(found, ({ name }) => name, page);
}

import {
  GetParametersByPath$,
  type GetParametersByPathRequest,
  type GetParametersByPathResult,
} from '@aws-sdk/client-ssm';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { invalid } from './constraints.ts';
import type { SsmDeps } from './deps.ts';
import { isBelow, parameterTest } from './parameter-filters.ts';
import { parameterPage } from './parameter-page.ts';
import { parameterView } from './parameter-store.ts';

const MOST_RESULTS = 10;

export function getParametersByPath(deps: SsmDeps): OperationDefinition {
  return operation(
    GetParametersByPath$,
    async (input: GetParametersByPathRequest, { scope }): Promise<GetParametersByPathResult> => {
      const { Path: path = '', Recursive: isRecursive = false, ParameterFilters: filters = [] } = input;
      if (!path.startsWith('/')) {
        throw invalid(
          'The parameter path must start with "/" and may hold letters, numbers and the symbols .-_ between slashes.',
        );
      }
      const passes = parameterTest(filters);
      const request = { nextToken: input.NextToken, maxResults: input.MaxResults };
      const { items, nextToken } = await parameterPage(deps, request, {
        scope,
        question: ['GetParametersByPath', scope, path, isRecursive, filters],
        most: MOST_RESULTS,
        isWanted: (record) => isBelow(record.name, path, isRecursive) && passes(record),
      });
      const isDecrypted = input.WithDecryption ?? false;
      return {
        Parameters: items.map((record) => parameterView(deps, { record }, scope, isDecrypted)),
        ...(nextToken !== undefined && { NextToken: nextToken }),
      };
    },
  );
}

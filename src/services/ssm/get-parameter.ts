import {
  GetParameter$,
  type GetParameterRequest,
  type GetParameterResult,
  GetParameters$,
  type GetParametersRequest,
  type GetParametersResult,
} from '@aws-sdk/client-ssm';
import { ApiError, isApiError } from '../../domain/errors.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { invalid } from './constraints.ts';
import type { SsmDeps } from './deps.ts';
import { findParameter, type FoundParameter, parameterView } from './parameter-store.ts';

const MOST_NAMES = 10;

export function getParameter(deps: SsmDeps): OperationDefinition {
  return operation(
    GetParameter$,
    async (input: GetParameterRequest, context): Promise<GetParameterResult> => {
      const found = await findParameter(deps, input.Name ?? '', context, 'GetParameter');
      // AWS says no more, either.
      if (found === undefined) throw new ApiError('ParameterNotFound', '');
      return { Parameter: parameterView(deps, found, context.scope, input.WithDecryption ?? false) };
    },
  );
}

export function getParameters(deps: SsmDeps): OperationDefinition {
  return operation(
    GetParameters$,
    async (input: GetParametersRequest, context): Promise<GetParametersResult> => {
      const names = [...new Set(input.Names ?? [])];
      if (names.length === 0 || names.length > MOST_NAMES) {
        throw invalid(
          `1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length between 1 and ${MOST_NAMES}`,
        );
      }
      const found = await Promise.all(
        names.map(async (name) => [name, await findOrMiss(deps, name, context)] as const),
      );
      return {
        Parameters: found.flatMap(([, each]) =>
          each === undefined ? [] : [parameterView(deps, each, context.scope, input.WithDecryption ?? false)],
        ),
        InvalidParameters: found.flatMap(([name, each]) => (each === undefined ? [name] : [])),
      };
    },
  );
}

/** A version that is not there is one of the invalid parameters. */
async function findOrMiss(
  deps: SsmDeps,
  name: string,
  context: Parameters<OperationDefinition['handle']>[1],
): Promise<FoundParameter | undefined> {
  try {
    return await findParameter(deps, name, context, 'GetParameters');
  } catch (error) {
    if (isApiError(error, 'ParameterVersionNotFound')) return undefined;
    throw error;
  }
}

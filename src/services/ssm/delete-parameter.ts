import {
  DeleteParameter$,
  type DeleteParameterRequest,
  type DeleteParameterResult,
  DeleteParameters$,
  type DeleteParametersRequest,
  type DeleteParametersResult,
} from '@aws-sdk/client-ssm';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import { operation, type OperationDefinition, type RequestContext } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import type { SsmDeps } from './deps.ts';
import { findParameter } from './parameter-store.ts';

export function deleteParameter(deps: SsmDeps): OperationDefinition {
  return operation(
    DeleteParameter$,
    async (input: DeleteParameterRequest, context): Promise<DeleteParameterResult> => {
      if (await remove(deps, input.Name ?? '', context)) return {};
      throw new ApiError('ParameterNotFound', '');
    },
  );
}

export function deleteParameters(deps: SsmDeps): OperationDefinition {
  return operation(
    DeleteParameters$,
    async (input: DeleteParametersRequest, context): Promise<DeleteParametersResult> => {
      const outcomes = await Promise.all(
        [...new Set(input.Names ?? [])].map(
          async (name) => [name, await remove(deps, name, context)] as const,
        ),
      );
      return {
        DeletedParameters: outcomes.flatMap(([name, isGone]) => (isGone ? [name] : [])),
        InvalidParameters: outcomes.flatMap(([name, isGone]) => (isGone ? [] : [name])),
      };
    },
  );
}

/** False where there is none. */
function remove({ store }: SsmDeps, name: string, context: RequestContext): Promise<boolean> {
  return transactWithRetry(store, async () => {
    const found = await findParameter({ store }, name, context, 'DeleteParameter');
    if (found === undefined) return { answer: false, conditions: [], writes: [] };
    const { name: known } = found.record;
    const { scope } = context;
    const writes = [
      { delete: keys.parameter(scope, known) },
      { deletePrefix: keys.parameterVersions(scope, known) },
    ];
    return { answer: true, conditions: [], writes };
  });
}

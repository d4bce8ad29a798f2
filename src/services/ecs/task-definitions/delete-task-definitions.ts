/** DeleteTaskDefinitions: marks INACTIVE revisions for deletion; they go once no task uses them. */
import {
  DeleteTaskDefinitions$,
  type DeleteTaskDefinitionsRequest,
  type DeleteTaskDefinitionsResponse,
  type Failure,
} from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import type { TaskDefinitionRecord } from '../../../domain/ecs/records.ts';
import { taskDefinitionReferenceOf } from '../../../domain/ecs/references.ts';
import { checkLength } from '../../../domain/ecs/constraints.ts';
import type { TaskDefinition } from '../../../domain/ecs/task-definition.ts';
import { ApiError, isApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { transactWithRetry } from '../../transact.ts';
import { definitionView } from './definition-view.ts';

const MAX_DEFINITIONS = 10;

export function deleteTaskDefinitionsOperation(deps: EcsDeps) {
  return operation(
    DeleteTaskDefinitions$,
    async (
      input: DeleteTaskDefinitionsRequest,
      { scope }: RequestContext,
    ): Promise<DeleteTaskDefinitionsResponse> => {
      const references = input.taskDefinitions ?? [];
      checkLength('ClientException', 'taskDefinitions', references, MAX_DEFINITIONS);
      const deleted: TaskDefinition[] = [];
      const failures: Failure[] = [];
      for (const reference of references) {
        try {
          deleted.push(await markDeleted(deps, scope, reference));
        } catch (error) {
          if (!isApiError(error, 'ClientException')) throw error;
          failures.push({ arn: reference, reason: error.message });
        }
      }
      return { taskDefinitions: deleted.map(definitionView), failures };
    },
  );
}

function markDeleted({ store, clock }: EcsDeps, scope: Scope, reference: string): Promise<TaskDefinition> {
  const { family, revision } = taskDefinitionReferenceOf(reference, scope);
  if (revision === undefined) throw new ApiError('ClientException', 'Revision is missing.');
  return transactWithRetry(store, async () => {
    const entry = await store.get<TaskDefinitionRecord>(keys.taskDefinition(scope, family, revision));
    if (entry === undefined) {
      throw new ApiError(
        'ClientException',
        'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      );
    }
    const { taskDefinition } = entry.value;
    if (taskDefinition.status === 'ACTIVE') {
      throw new ApiError(
        'ClientException',
        'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      );
    }
    const next: TaskDefinition = {
      ...taskDefinition,
      status: 'DELETE_IN_PROGRESS',
      deleteRequestedAt: taskDefinition.deleteRequestedAt ?? clock.now(),
    };
    return {
      answer: next,
      conditions: [{ key: entry.key, revision: entry.revision }],
      writes: [{ put: entry.key, value: { ...entry.value, taskDefinition: next } }],
    };
  });
}

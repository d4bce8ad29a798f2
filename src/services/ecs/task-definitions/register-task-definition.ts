/** RegisterTaskDefinition: checks a definition and makes it the next revision of its family. */
import {
  RegisterTaskDefinition$,
  type RegisterTaskDefinitionRequest,
  type RegisterTaskDefinitionResponse,
} from '@aws-sdk/client-ecs';
import { taskDefinitionArn } from '../../../domain/arn.ts';
import type { FamilyRecord, TaskDefinitionRecord } from '../../../domain/ecs/records.ts';
import { prepareDefinition } from '../../../domain/ecs/registration/prepare-definition.ts';
import { checkTags } from '../../../domain/ecs/tags.ts';
import type { TaskDefinition } from '../../../domain/ecs/task-definition.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { KeyedLock } from '../../keyed-lock.ts';
import { transactWithRetry } from '../../transact.ts';
import { definitionView } from './definition-view.ts';

const MAX_REVISION = 1_000_000;

export function registerTaskDefinitionOperation(deps: EcsDeps) {
  const families = new KeyedLock();
  return operation(
    RegisterTaskDefinition$,
    async (
      input: RegisterTaskDefinitionRequest,
      context: RequestContext,
    ): Promise<RegisterTaskDefinitionResponse> => {
      const { tags: givenTags, ...given } = input;
      if (givenTags?.length === 0) throw new ApiError('ClientException', 'Tags can not be empty.');
      const tags = checkTags(givenTags, 'ClientException');
      const prepared = prepareDefinition(given, context.scope.account);
      const definition = await families.run(keys.family(context.scope, prepared.family), () => {
        return register(prepared, tags, context, deps);
      });
      return { taskDefinition: definitionView(definition), tags };
    },
  );
}

function register(
  prepared: ReturnType<typeof prepareDefinition>,
  tags: TaskDefinitionRecord['tags'],
  { scope, principalArn }: RequestContext,
  { store, clock }: EcsDeps,
): Promise<TaskDefinition> {
  const { family } = prepared;
  const familyKey = keys.family(scope, family);
  return transactWithRetry(
    store,
    async () => {
      const entry = await store.get<FamilyRecord>(familyKey);
      const revision = (entry?.value.lastRevision ?? 0) + 1;
      if (revision > MAX_REVISION) {
        throw new ApiError('ClientException', 'The family has reached its maximum number of revisions.');
      }
      const definition: TaskDefinition = {
        taskDefinitionArn: taskDefinitionArn(scope, family, revision),
        ...prepared,
        revision,
        registeredAt: clock.now(),
        registeredBy: principalArn,
      };
      const familyRecord: FamilyRecord = { family, lastRevision: revision, activeRevision: revision };
      const record: TaskDefinitionRecord = { taskDefinition: definition, tags };
      return {
        answer: definition,
        conditions: [{ key: familyKey, revision: entry?.revision ?? 0 }],
        writes: [
          { put: familyKey, value: familyRecord },
          { put: keys.taskDefinition(scope, family, revision), value: record },
        ],
      };
    },
    () => {
      return new ApiError(
        'ClientException',
        'Too many concurrent attempts to create a new revision of the specified family.',
      );
    },
  );
}

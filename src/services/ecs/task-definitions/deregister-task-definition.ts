/** DeregisterTaskDefinition: makes a revision INACTIVE. Running tasks do not mind. */
import {
  DeregisterTaskDefinition$,
  type DeregisterTaskDefinitionRequest,
  type DeregisterTaskDefinitionResponse,
} from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import type { FamilyRecord, TaskDefinitionRecord } from '../../../domain/ecs/records.ts';
import { taskDefinitionReferenceOf } from '../../../domain/ecs/references.ts';
import type { TaskDefinition } from '../../../domain/ecs/task-definition.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { transactWithRetry } from '../../transact.ts';
import { activeRevisionBelow } from './definition-store.ts';
import { definitionView } from './definition-view.ts';

export function deregisterTaskDefinitionOperation(deps: EcsDeps) {
  return operation(
    DeregisterTaskDefinition$,
    async (
      input: DeregisterTaskDefinitionRequest,
      { scope }: RequestContext,
    ): Promise<DeregisterTaskDefinitionResponse> => {
      const { family, revision } = taskDefinitionReferenceOf(input.taskDefinition ?? '', scope);
      if (revision === undefined) throw new ApiError('ClientException', 'Revision is missing.');
      return { taskDefinition: definitionView(await deregister(deps, scope, family, revision)) };
    },
  );
}

function deregister(
  { store, clock }: EcsDeps,
  scope: Scope,
  family: string,
  revision: number,
): Promise<TaskDefinition> {
  return transactWithRetry(store, async () => {
    const [familyEntry, entry] = await readBoth(store, scope, family, revision);
    const { taskDefinition } = entry.value;
    if (taskDefinition.status !== 'ACTIVE') return { answer: taskDefinition, conditions: [], writes: [] };
    const next: TaskDefinition = { ...taskDefinition, status: 'INACTIVE', deregisteredAt: clock.now() };
    const { value } = familyEntry;
    // Always written, so that two revisions that go at once cannot each take the other for the newest.
    const nextFamily: FamilyRecord =
      value.activeRevision === revision
        ? { ...value, activeRevision: await activeRevisionBelow(store, scope, family, revision) }
        : value;
    return {
      answer: next,
      conditions: [familyEntry, entry].map(({ key, revision: seen }) => ({ key, revision: seen })),
      writes: [
        { put: familyEntry.key, value: nextFamily },
        { put: entry.key, value: { ...entry.value, taskDefinition: next } },
      ],
    };
  });
}

async function readBoth(store: EcsDeps['store'], scope: Scope, family: string, revision: number) {
  const [familyEntry, entry] = await Promise.all([
    store.get<FamilyRecord>(keys.family(scope, family)),
    store.get<TaskDefinitionRecord>(keys.taskDefinition(scope, family, revision)),
  ]);
  if (familyEntry !== undefined && entry !== undefined) return [familyEntry, entry] as const;
  throw new ApiError(
    'ClientException',
    'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
  );
}

/** The resources that have tags: clusters, tasks, task definitions. Reads and changes their tags. */
import type { Scope } from '../../../domain/arn.ts';
import type { ClusterRecord, TaskDefinitionRecord, TaskRecord } from '../../../domain/ecs/records.ts';
import { taggableReferenceOf } from '../../../domain/ecs/references.ts';
import type { Tag } from '../../../domain/ecs/task-definition.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Entry, Store } from '../../../ports/store.ts';
import { clusterNotFound } from '../clusters/cluster-store.ts';
import { transactWithRetry } from '../../transact.ts';

const CODE = 'InvalidParameterException';

type TaggedRecord = ClusterRecord | TaskRecord | TaskDefinitionRecord;

/** Throws in the words of the resource's kind when there is none. */
export async function readTagged(
  store: Store,
  scope: Scope,
  resourceArn: string,
): Promise<Entry<TaggedRecord>> {
  const reference = taggableReferenceOf(resourceArn, scope);
  switch (reference.kind) {
    case 'cluster': {
      const entry = await store.get<ClusterRecord>(keys.cluster(scope, reference.clusterName));
      if (entry === undefined) throw clusterNotFound();
      if (entry.value.status === 'ACTIVE') return entry;
      throw new ApiError(CODE, 'The specified cluster is inactive. Specify an active cluster and try again.');
    }
    case 'task': {
      const { clusterName, taskId } = reference;
      const entry = await store.get<TaskRecord>(keys.task(scope, clusterName, taskId));
      if (entry !== undefined) return entry;
      throw new ApiError(CODE, 'The specified task is not found. Specify a valid task and try again.');
    }
    case 'task-definition': {
      const { family, revision } = reference;
      const entry = await store.get<TaskDefinitionRecord>(keys.taskDefinition(scope, family, revision));
      if (entry !== undefined) return entry;
      throw new ApiError(
        CODE,
        'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      );
    }
  }
}

/** `change` may be called several times, each time with the newest tags, and may throw ApiErrors. */
export async function changeTags(
  store: Store,
  scope: Scope,
  resourceArn: string,
  change: (tags: readonly Tag[]) => Tag[],
): Promise<void> {
  await transactWithRetry(store, async () => {
    const { key, value, revision } = await readTagged(store, scope, resourceArn);
    const next = { ...value, tags: change(value.tags) };
    return { answer: undefined, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
  });
}

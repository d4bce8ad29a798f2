/** Task definitions in the store, found by family or revision. */
import type { Scope } from '../../../domain/arn.ts';
import type { FamilyRecord, TaskDefinitionRecord } from '../../../domain/ecs/records.ts';
import type { TaskDefinitionReference } from '../../../domain/ecs/references.ts';
import { keys } from '../../../domain/keys.ts';
import type { Entry, Store } from '../../../ports/store.ts';

const READ_AT_ONCE = 16;

/** The definition; without a revision, the family's newest ACTIVE one. Undefined when there is none. */
export async function findDefinition(
  store: Store,
  scope: Scope,
  { family, revision }: TaskDefinitionReference,
): Promise<Entry<TaskDefinitionRecord> | undefined> {
  const wanted =
    revision ?? (await store.get<FamilyRecord>(keys.family(scope, family)))?.value.activeRevision ?? 0;
  if (wanted === 0) return undefined;
  return store.get<TaskDefinitionRecord>(keys.taskDefinition(scope, family, wanted));
}

/** The newest ACTIVE revision below the given one; 0 when there is none. */
export async function activeRevisionBelow(
  store: Store,
  scope: Scope,
  family: string,
  revision: number,
): Promise<number> {
  let after = keys.taskDefinition(scope, family, revision);
  for (;;) {
    const entries = await store.range<TaskDefinitionRecord>({
      prefix: keys.taskDefinitions(scope, family),
      after,
      limit: READ_AT_ONCE,
      reverse: true,
    });
    const active = entries.find(({ value }) => value.taskDefinition.status === 'ACTIVE');
    if (active !== undefined) return active.value.taskDefinition.revision;
    const last = entries.at(-1);
    if (last === undefined) return 0;
    after = last.key;
  }
}

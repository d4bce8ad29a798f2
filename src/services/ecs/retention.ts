/**
 * Removes what ECS keeps only for a while after its end: INACTIVE clusters, and task definitions whose deletion was
 * asked for and that no task uses any more.
 */
import type { ClusterRecord, TaskDefinitionRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { Entry, Store, Write } from '../../ports/store.ts';
import { isShown } from './clusters/cluster-store.ts';

const RECORD_KEY = /^a\/[^/]+\/[^/]+\/ecs\/(cluster|task|taskdef)\//;
const READ_AT_ONCE = 500;

/** Deletes expired records; resolves with their number. */
export async function expireEcsRecords({ store }: { readonly store: Store }, now: number): Promise<number> {
  const doomed: Entry<unknown>[] = [];
  const used = new Set<string>();
  for await (const entry of records(store)) {
    const kind = RECORD_KEY.exec(entry.key)?.[1];
    if (kind === 'cluster' && !isShown(entry.value as ClusterRecord, now)) doomed.push(entry);
    if (kind === 'taskdef' && definitionOf(entry).status === 'DELETE_IN_PROGRESS') doomed.push(entry);
    if (kind === 'task') {
      const task = entry.value as TaskRecord;
      if (task.lastStatus !== 'STOPPED') used.add(task.taskDefinitionArn);
    }
  }
  const gone = doomed.filter(({ key, value }) => {
    return !key.includes('/ecs/taskdef/') || !used.has(definitionOf({ value }).taskDefinitionArn);
  });
  for (const { key, revision } of gone) {
    const writes: Write[] = [{ delete: key }];
    // A cluster that came back meanwhile stays.
    await store.transact([{ key, revision }], writes);
  }
  return gone.length;
}

async function* records(store: Store): AsyncGenerator<Entry<unknown>> {
  let after: string | undefined;
  for (;;) {
    const options = { prefix: keys.resources(), limit: READ_AT_ONCE };
    const page = await store.range<unknown>(after === undefined ? options : { ...options, after });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < READ_AT_ONCE || after === undefined) return;
  }
}

function definitionOf({ value }: { readonly value: unknown }): TaskDefinitionRecord['taskDefinition'] {
  return (value as TaskDefinitionRecord).taskDefinition;
}

/** Clusters in the store: found by any form of their name, with the tasks in them counted. */
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import type { ClusterRecord, TaskRecord } from '../../../domain/ecs/records.ts';
import { clusterNameOf } from '../../../domain/ecs/references.ts';
import { keys } from '../../../domain/keys.ts';
import type { Entry, Store } from '../../../ports/store.ts';

/** How long a deleted cluster is still shown as INACTIVE. */
export const INACTIVE_CLUSTER_MS = 3_600_000;

export interface TaskCounts {
  readonly running: number;
  readonly pending: number;
  /** All that have not STOPPED. */
  readonly active: number;
}

export const clusterNotFound = (): ApiError => new ApiError('ClusterNotFoundException', 'Cluster not found.');

/** The ACTIVE cluster that a request names. Throws ClusterNotFoundException. */
export async function findCluster(
  store: Store,
  scope: Scope,
  reference: string | undefined,
): Promise<Entry<ClusterRecord>> {
  const entry = await store.get<ClusterRecord>(keys.cluster(scope, clusterNameOf(reference, scope)));
  return requireActive(entry);
}

/** The entry, if it is of an ACTIVE cluster. Throws ClusterNotFoundException. */
export function requireActive(entry: Entry<ClusterRecord> | undefined): Entry<ClusterRecord> {
  if (entry === undefined) throw clusterNotFound();
  if (entry.value.status === 'ACTIVE') return entry;
  throw new ApiError('ClusterNotFoundException', 'The referenced cluster was inactive.');
}

/** True for a cluster that DescribeClusters shows: ACTIVE, or deleted not long ago. */
export function isShown(record: ClusterRecord, now: number): boolean {
  return record.status === 'ACTIVE' || now - (record.deletedAt ?? 0) < INACTIVE_CLUSTER_MS;
}

export async function countTasks(store: Store, scope: Scope, clusterName: string): Promise<TaskCounts> {
  const entries = await store.range<TaskRecord>({ prefix: keys.tasks(scope, clusterName) });
  const active = entries.filter(({ value }) => value.lastStatus !== 'STOPPED');
  return {
    active: active.length,
    running: active.filter(({ value }) => value.lastStatus === 'RUNNING').length,
    pending: active.filter(({ value }) => {
      return ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(value.lastStatus);
    }).length,
  };
}

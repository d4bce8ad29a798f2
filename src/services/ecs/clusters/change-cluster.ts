/** Changes the record of an ACTIVE cluster and answers with its new view. */
import type { Cluster } from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import type { Store } from '../../../ports/store.ts';
import { transactWithRetry } from '../../transact.ts';
import { countTasks, findCluster } from './cluster-store.ts';
import { clusterView } from './cluster-view.ts';

/** `change` may be called several times, each time with the newest record, and may throw ApiErrors. */
export async function changeCluster(
  store: Store,
  scope: Scope,
  reference: string | undefined,
  change: (record: ClusterRecord) => ClusterRecord,
): Promise<Cluster> {
  const record = await transactWithRetry(store, async () => {
    const { key, value, revision } = await findCluster(store, scope, reference);
    const next = change(value);
    return { answer: next, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
  });
  return clusterView(record, await countTasks(store, scope, record.clusterName));
}

/** DeleteCluster: makes a cluster without tasks INACTIVE. */
import { DeleteCluster$, type DeleteClusterRequest, type DeleteClusterResponse } from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import { clusterNameOf } from '../../../domain/ecs/references.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { transactWithRetry } from '../../transact.ts';
import { clusterNotFound, countTasks, isShown } from './cluster-store.ts';
import { clusterView } from './cluster-view.ts';

export function deleteClusterOperation({ store, clock }: EcsDeps) {
  return operation(
    DeleteCluster$,
    async (input: DeleteClusterRequest, { scope }: RequestContext): Promise<DeleteClusterResponse> => {
      const name = clusterNameOf(input.cluster, scope);
      await checkNoTasks(store, scope, name);
      const deleted = await setStatus(store, scope, name, clock.now());
      // A task may have come between the look and the change; after the change none can.
      await checkNoTasks(store, scope, name).catch(async (error: unknown) => {
        await setStatus(store, scope, name, undefined);
        throw error;
      });
      return { cluster: clusterView(deleted) };
    },
  );
}

async function checkNoTasks(store: Store, scope: Scope, name: string): Promise<void> {
  if ((await countTasks(store, scope, name)).active === 0) return;
  throw new ApiError(
    'ClusterContainsTasksException',
    'The Cluster cannot be deleted while Tasks are active.',
  );
}

/** INACTIVE since `deletedAt`, or ACTIVE again without it. Deleting twice changes nothing. */
function setStatus(
  store: Store,
  scope: Scope,
  name: string,
  deletedAt: number | undefined,
): Promise<ClusterRecord> {
  return transactWithRetry(store, async () => {
    const entry = await store.get<ClusterRecord>(keys.cluster(scope, name));
    if (entry === undefined) throw clusterNotFound();
    const { key, value, revision } = entry;
    if (deletedAt !== undefined && value.status === 'INACTIVE') {
      if (!isShown(value, deletedAt)) throw clusterNotFound();
      return { answer: value, conditions: [], writes: [] };
    }
    const { deletedAt: _, ...rest } = value;
    const next: ClusterRecord =
      deletedAt === undefined ? { ...rest, status: 'ACTIVE' } : { ...rest, status: 'INACTIVE', deletedAt };
    return { answer: next, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
  });
}

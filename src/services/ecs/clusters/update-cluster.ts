/** UpdateCluster: settings, configuration and Service Connect defaults of a cluster. */
import { UpdateCluster$, type UpdateClusterRequest, type UpdateClusterResponse } from '@aws-sdk/client-ecs';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { changeCluster } from './change-cluster.ts';
import { checkClusterSettings } from './cluster-settings.ts';

export function updateClusterOperation({ store }: EcsDeps) {
  return operation(
    UpdateCluster$,
    async (input: UpdateClusterRequest, { scope }: RequestContext): Promise<UpdateClusterResponse> => {
      const settings = checkClusterSettings(input.settings);
      const namespace = input.serviceConnectDefaults?.namespace;
      const cluster = await changeCluster(store, scope, input.cluster, (record) => {
        const next: ClusterRecord = { ...record };
        if (settings.length > 0) next.settings = settings;
        if (input.configuration !== undefined) next.configuration = input.configuration;
        // An empty name takes the namespace away.
        if (namespace === '') delete next.serviceConnectDefaults;
        else if (namespace !== undefined) next.serviceConnectDefaults = { namespace };
        return next;
      });
      return { cluster };
    },
  );
}

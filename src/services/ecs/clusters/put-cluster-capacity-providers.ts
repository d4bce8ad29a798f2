/** PutClusterCapacityProviders: which of Fargate's providers a cluster has, and its default strategy. */
import {
  PutClusterCapacityProviders$,
  type PutClusterCapacityProvidersRequest,
  type PutClusterCapacityProvidersResponse,
} from '@aws-sdk/client-ecs';
import { checkProviders, checkStrategy } from '../../../domain/ecs/run-task/capacity.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { changeCluster } from './change-cluster.ts';

export function putClusterCapacityProvidersOperation({ store }: EcsDeps) {
  return operation(
    PutClusterCapacityProviders$,
    async (
      input: PutClusterCapacityProvidersRequest,
      { scope }: RequestContext,
    ): Promise<PutClusterCapacityProvidersResponse> => {
      const capacityProviders = checkProviders(input.capacityProviders);
      const strategy = checkStrategy(input.defaultCapacityProviderStrategy ?? [], capacityProviders);
      const cluster = await changeCluster(store, scope, input.cluster, (record) => ({
        ...record,
        capacityProviders,
        defaultCapacityProviderStrategy: strategy,
      }));
      return { cluster };
    },
  );
}

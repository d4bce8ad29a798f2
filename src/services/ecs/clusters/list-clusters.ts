/** ListClusters: the ARNs of ACTIVE clusters by name. */
import { ListClusters$, type ListClustersRequest, type ListClustersResponse } from '@aws-sdk/client-ecs';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { pageOf } from '../../page.ts';
import { scan } from '../scan.ts';

const MAX_PAGE = 100;

export function listClustersOperation({ store }: EcsDeps) {
  return operation(
    ListClusters$,
    async (input: ListClustersRequest, { scope }: RequestContext): Promise<ListClustersResponse> => {
      const page = pageOf(input, { question: ['ListClusters', scope], max: MAX_PAGE });
      const { values, nextToken } = await scan<ClusterRecord>(
        store,
        { prefix: keys.clusters(scope), page },
        ({ status }) => status === 'ACTIVE',
      );
      return { clusterArns: values.map((cluster) => cluster.clusterArn), nextToken };
    },
  );
}

/** DescribeClusters: clusters by name or ARN, `default` without any; unknown ones are failures. */
import {
  DescribeClusters$,
  type DescribeClustersRequest,
  type DescribeClustersResponse,
} from '@aws-sdk/client-ecs';
import { clusterArn } from '../../../domain/arn.ts';
import { checkEnum, checkLength } from '../../../domain/ecs/constraints.ts';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import { clusterNameOf, DEFAULT_CLUSTER } from '../../../domain/ecs/references.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { countTasks, isShown } from './cluster-store.ts';
import { clusterView } from './cluster-view.ts';

const CODE = 'InvalidParameterException';
const MAX_CLUSTERS = 100;
const FIELDS = ['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS'];

export function describeClustersOperation({ store, clock }: EcsDeps) {
  return operation(
    DescribeClusters$,
    async (input: DescribeClustersRequest, { scope }: RequestContext): Promise<DescribeClustersResponse> => {
      checkLength(CODE, 'clusters', input.clusters, MAX_CLUSTERS);
      const include = input.include ?? [];
      include.forEach((field, index) => checkEnum(CODE, `include.${index + 1}.member`, field, FIELDS));
      const references = input.clusters?.length ? input.clusters : [DEFAULT_CLUSTER];
      if (references.includes('')) throw new ApiError(CODE, 'Clusters can not be blank.');
      const names = [...new Set(references.map((reference) => clusterNameOf(reference, scope)))];
      const entries = await store.getMany<ClusterRecord>(names.map((name) => keys.cluster(scope, name)));
      const found = entries.filter((entry) => entry !== undefined && isShown(entry.value, clock.now()));
      const missing = names.filter((name) => !found.some((entry) => entry?.value.clusterName === name));
      const clusters = found.map(async (entry) => {
        const counts = await countTasks(store, scope, entry?.value.clusterName ?? '');
        return entry === undefined ? [] : [clusterView(entry.value, counts, include)];
      });
      return {
        clusters: (await Promise.all(clusters)).flat(),
        failures: missing.map((name) => ({ arn: clusterArn(scope, name), reason: 'MISSING' })),
      };
    },
  );
}

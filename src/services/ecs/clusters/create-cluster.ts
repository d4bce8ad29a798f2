/** CreateCluster: a new cluster, or the ACTIVE one of that name if it was asked for in the same way. */
import { CreateCluster$, type CreateClusterRequest, type CreateClusterResponse } from '@aws-sdk/client-ecs';
import { clusterArn, type Scope } from '../../../domain/arn.ts';
import { effectiveValue } from '../../../domain/ecs/account-settings.ts';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import { checkClusterName, DEFAULT_CLUSTER } from '../../../domain/ecs/references.ts';
import { checkProviders, checkStrategy } from '../../../domain/ecs/run-task/capacity.ts';
import { checkTags } from '../../../domain/ecs/tags.ts';
import { clusterInsights, CONTAINER_INSIGHTS } from '../../../domain/insights/insights-level.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { readSetting } from '../settings/setting-store.ts';
import { transactWithRetry } from '../../transact.ts';
import { checkClusterSettings } from './cluster-settings.ts';
import { clusterView } from './cluster-view.ts';
import { countTasks } from './cluster-store.ts';

export function createClusterOperation(deps: EcsDeps) {
  return operation(
    CreateCluster$,
    async (input: CreateClusterRequest, context: RequestContext): Promise<CreateClusterResponse> => {
      const { store } = deps;
      const record = await newCluster(input, context, deps);
      const key = keys.cluster(context.scope, record.clusterName);
      const cluster = await transactWithRetry(store, async () => {
        const entry = await store.get<ClusterRecord>(key);
        if (entry?.value.status === 'ACTIVE') {
          checkSame(input, entry.value, record);
          return { answer: entry.value, conditions: [], writes: [] };
        }
        const conditions = [{ key, revision: entry?.revision ?? 0 }];
        return { answer: record, conditions, writes: [{ put: key, value: record }] };
      });
      const counts =
        cluster === record ? undefined : await countTasks(store, context.scope, record.clusterName);
      return { cluster: clusterView(cluster, counts) };
    },
  );
}

async function newCluster(
  input: CreateClusterRequest,
  { scope, principalArn }: RequestContext,
  deps: EcsDeps,
): Promise<ClusterRecord> {
  const clusterName = checkClusterName(input.clusterName ?? DEFAULT_CLUSTER);
  const capacityProviders = checkProviders(input.capacityProviders);
  const record: ClusterRecord = {
    clusterName,
    clusterArn: clusterArn(scope, clusterName),
    status: 'ACTIVE',
    settings: checkClusterSettings(input.settings),
    capacityProviders,
    defaultCapacityProviderStrategy: checkStrategy(
      input.defaultCapacityProviderStrategy ?? [],
      capacityProviders,
    ),
    tags: checkTags(input.tags, 'InvalidParameterException'),
    createdAt: deps.clock.now(),
  };
  if (record.settings.length === 0) record.settings = [await defaultInsights(scope, principalArn, deps)];
  if (input.configuration !== undefined) record.configuration = input.configuration;
  const namespace = input.serviceConnectDefaults?.namespace;
  if (namespace !== undefined) record.serviceConnectDefaults = { namespace };
  return record;
}

async function defaultInsights(scope: Scope, principalArn: string, { store }: EcsDeps) {
  const { own, accountDefault } = await readSetting(store, scope, CONTAINER_INSIGHTS, principalArn);
  const value = clusterInsights(effectiveValue(CONTAINER_INSIGHTS, own, accountDefault));
  return { name: CONTAINER_INSIGHTS, value };
}

/** What the request does not mention is not compared. */
function checkSame(input: CreateClusterRequest, existing: ClusterRecord, asked: ClusterRecord): void {
  const compared = [
    'settings',
    'configuration',
    'capacityProviders',
    'defaultCapacityProviderStrategy',
  ] as const;
  const differs = compared.some((member) => {
    return input[member] !== undefined && JSON.stringify(existing[member]) !== JSON.stringify(asked[member]);
  });
  if (!differs) return;
  throw new ApiError(
    'InvalidParameterException',
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  );
}

/** Reads what there is of the network that a request names. */
import type { RunTaskRequest } from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import type { KnownNetwork } from '../../../domain/ecs/run-task/network-rules.ts';
import { keys } from '../../../domain/keys.ts';
import type { SecurityGroupRecord, SubnetRecord, VpcRecord } from '../../../domain/network/records.ts';
import type { Store } from '../../../ports/store.ts';

/** No request may name more; what is behind is refused without a look. */
const LOOKED_AT = 16;

export async function readKnownNetwork(
  request: RunTaskRequest['networkConfiguration'],
  scope: Scope,
  store: Store,
): Promise<KnownNetwork> {
  const { subnets: subnetIds = [], securityGroups: groupIds = [] } = request?.awsvpcConfiguration ?? {};
  const [subnets, securityGroups] = await Promise.all([
    readAll<SubnetRecord>(store, subnetIds, (id) => keys.ec2(scope, 'subnet', id)),
    readAll<SecurityGroupRecord>(store, groupIds, (id) => keys.ec2(scope, 'security-group', id)),
  ]);
  const vpc = await store.get<VpcRecord>(keys.ec2(scope, 'vpc', subnets[0]?.vpcId ?? ''));
  return { subnets, securityGroups, defaultGroupId: vpc?.value.defaultSecurityGroupId ?? '' };
}

async function readAll<T>(
  store: Store,
  ids: readonly string[],
  keyOf: (id: string) => string,
): Promise<readonly T[]> {
  const entries = await store.getMany<T>([...new Set(ids)].slice(0, LOOKED_AT).map(keyOf));
  return entries.flatMap((entry) => (entry === undefined ? [] : [entry.value]));
}

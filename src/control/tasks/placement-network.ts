/** The network that a task asked for, as it is now: what RunTask saw may have been deleted since. */
import type { TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { SecurityGroupRecord, SubnetRecord, VpcRecord } from '../../domain/network/records.ts';
import type { Condition, Entry, Store } from '../../ports/store.ts';

export interface PlacementNetwork {
  /** In the order of the request; at least one. */
  readonly subnets: readonly Entry<SubnetRecord>[];
  readonly vpc: VpcRecord;
  /** Of the groups: all are there, and are to be when the interface is made. */
  readonly conditions: readonly Condition[];
}

/** Resolves with the words for stoppedReason where no interface can be made. */
export async function readPlacementNetwork(
  record: TaskRecord,
  store: Store,
): Promise<PlacementNetwork | { readonly impossible: string }> {
  const { subnets: subnetIds, securityGroups } = record.networkConfiguration;
  const [first = ''] = subnetIds;
  const subnets = await readAll<SubnetRecord>(
    store,
    subnetIds.map((id) => keys.ec2(record, 'subnet', id)),
  );
  const groups = await readAll<SecurityGroupRecord>(
    store,
    securityGroups.map((id) => keys.ec2(record, 'security-group', id)),
  );
  const vpc = await store.get<VpcRecord>(keys.ec2(record, 'vpc', subnets[0]?.value.vpcId ?? ''));
  if (vpc === undefined) return { impossible: noInterface(record, first, 'InvalidSubnetID.NotFound') };
  if (groups.length < securityGroups.length) {
    return { impossible: noInterface(record, first, 'InvalidGroup.NotFound') };
  }
  return { subnets, vpc: vpc.value, conditions: groups.map(({ key, revision }) => ({ key, revision })) };
}

/** AWS's words for an interface that EC2 did not make, with EC2's code. */
export function noInterface({ networkConfiguration }: TaskRecord, subnetId: string, code: string): string {
  const isPublic = networkConfiguration.assignPublicIp === 'ENABLED';
  const kind = isPublic ? 'with public IP assignment enabled ' : '';
  return `Unexpected EC2 error while attempting to Create Network Interface ${kind}in subnet '${subnetId}': ${code}`;
}

async function readAll<T>(store: Store, all: readonly string[]): Promise<readonly Entry<T>[]> {
  const entries = await store.getMany<T>(all);
  return entries.filter((entry) => entry !== undefined);
}

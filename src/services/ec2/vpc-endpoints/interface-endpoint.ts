/** Interface endpoints: one network interface in each subnet, one subnet a zone, all with the same groups. */
import type { SubnetConfiguration } from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import type { EniRecord, SubnetRecord, VpcEndpointRecord } from '../../../domain/network/records.ts';
import { invalidParameter, missingParameter, refuseIpv6 } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import { type NewInterface, newInterface } from '../network-interfaces/new-interface.ts';
import type { Ec2Parts } from '../parts.ts';

const MOST_GROUPS = 5;

/** Where an endpoint is to have interfaces. */
export interface AskedSubnets {
  readonly subnetIds: readonly string[];
  /** By subnet, the address that was asked for. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** Throws MissingParameter, UnsupportedOperation. */
export function askedSubnets(
  subnetIds: readonly string[] = [],
  configurations: readonly SubnetConfiguration[] = [],
): AskedSubnets {
  const addresses = new Map<string, string>();
  for (const { SubnetId, Ipv4, Ipv6 } of configurations) {
    if (SubnetId === undefined) throw missingParameter('SubnetConfiguration.SubnetId');
    refuseIpv6({ 'SubnetConfiguration.Ipv6': Ipv6 });
    if (Ipv4 !== undefined) addresses.set(SubnetId, Ipv4);
  }
  const configured = configurations.flatMap(({ SubnetId }) => SubnetId ?? []);
  return { subnetIds: [...new Set([...subnetIds, ...configured])], addresses };
}

/** Makes the interfaces. `occupied` are subnets where the endpoint has one already. */
export async function interfacesIn(
  reader: NetworkReader,
  parts: Ec2Parts,
  endpoint: VpcEndpointRecord,
  { subnetIds, addresses }: AskedSubnets,
  occupied: readonly string[] = [],
): Promise<readonly NewInterface[]> {
  const { endpointId, vpcId, securityGroups } = endpoint;
  const subnets = await reader.requireAll('subnet', subnetIds);
  const zones = new Set(
    (await reader.requireAll('subnet', occupied)).map((subnet) => subnet.availabilityZone),
  );
  for (const subnet of subnets) {
    checkSubnet(subnet, vpcId, zones);
    zones.add(subnet.availabilityZone);
  }
  return Promise.all(
    subnets.map((subnet) =>
      newInterface(reader, parts, {
        ...{ subnet, securityGroups, description: `VPC Endpoint Interface ${endpointId}` },
        privateIpv4Address: addresses.get(subnet.subnetId),
        owner: { type: 'endpoint', endpointId },
      }),
    ),
  );
}

function checkSubnet(subnet: SubnetRecord, vpcId: string, taken: ReadonlySet<string>): void {
  if (subnet.vpcId !== vpcId) {
    throw invalidParameter(`subnet ${subnet.subnetId} and network ${vpcId} belong to different networks`);
  }
  if (!taken.has(subnet.availabilityZone)) return;
  throw new ApiError(
    'DuplicateSubnetsInSameZone',
    `Found another VPC endpoint subnet in the availability zone of ${subnet.subnetId}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
  );
}

/** Throws InvalidGroup.…, InvalidParameter, SecurityGroupsPerInterfaceLimitExceeded. */
export async function checkedGroups(
  reader: NetworkReader,
  vpcId: string,
  groupIds: readonly string[],
): Promise<readonly string[]> {
  const groups = await reader.requireAll('security-group', groupIds);
  const foreign = groups.find((group) => group.vpcId !== vpcId);
  if (foreign !== undefined) {
    throw invalidParameter(
      `Security group ${foreign.groupId} and network ${vpcId} belong to different networks.`,
    );
  }
  if (groups.length > MOST_GROUPS) {
    throw new ApiError(
      'SecurityGroupsPerInterfaceLimitExceeded',
      `The maximum number of security groups per interface is ${MOST_GROUPS}.`,
    );
  }
  return groups.map(({ groupId }) => groupId);
}

/** The interfaces that an endpoint has. */
export async function interfacesOf(
  reader: NetworkReader,
  { eniIds }: VpcEndpointRecord,
): Promise<readonly EniRecord[]> {
  const found = await Promise.all(eniIds.map((eniId) => reader.find('eni', eniId)));
  return found.flatMap((eni) => eni ?? []);
}

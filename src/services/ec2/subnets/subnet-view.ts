/** A subnet as the API shows it, and what its filters look at. */
import type { Subnet, SubnetState } from '@aws-sdk/client-ec2';
import { formatArn, type Scope } from '../../../domain/arn.ts';
import { keys } from '../../../domain/keys.ts';
import { subnetRange } from '../../../domain/network/free-address.ts';
import type { SubnetRecord } from '../../../domain/network/records.ts';
import { findZone } from '../../../domain/network/zones.ts';
import type { FilterFields } from '../filters.ts';
import type { NetworkReader } from '../network.ts';
import { tagsView } from '../tags.ts';

/** Answers how many addresses of a subnet nobody has. */
export type FreeAddresses = (subnet: SubnetRecord) => number;

export async function freeAddresses(reader: NetworkReader): Promise<FreeAddresses> {
  const prefix = keys.allAddresses(reader.scope);
  const taken = new Map<string, number>();
  for (const { key } of await reader.store.range({ prefix })) {
    const subnetId = key.slice(prefix.length, key.lastIndexOf('/'));
    taken.set(subnetId, (taken.get(subnetId) ?? 0) + 1);
  }
  return ({ subnetId, cidr }) => {
    const { first, last } = subnetRange(cidr);
    return last - first + 1 - (taken.get(subnetId) ?? 0);
  };
}

export function subnetView(
  subnet: SubnetRecord,
  { account, region }: Scope,
  free: FreeAddresses,
  state: SubnetState = 'available',
): Subnet {
  return {
    SubnetId: subnet.subnetId,
    SubnetArn: subnetArn(subnet, { account, region }),
    VpcId: subnet.vpcId,
    OwnerId: account,
    State: state,
    CidrBlock: subnet.cidr,
    AvailableIpAddressCount: free(subnet),
    AvailabilityZone: subnet.availabilityZone,
    AvailabilityZoneId: findZone(region, subnet.availabilityZone)?.zoneId,
    DefaultForAz: subnet.isDefault,
    MapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch,
    MapCustomerOwnedIpOnLaunch: false,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: [],
    Ipv6Native: false,
    EnableDns64: false,
    PrivateDnsNameOptionsOnLaunch: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    Tags: tagsView(subnet.tags),
  };
}

export function subnetFilters(scope: Scope, free: FreeAddresses): FilterFields<SubnetRecord> {
  const zone = ({ availabilityZone }: SubnetRecord): string => availabilityZone;
  const zoneId = ({ availabilityZone }: SubnetRecord) => findZone(scope.region, availabilityZone)?.zoneId;
  const cidr = (subnet: SubnetRecord): string => subnet.cidr;
  const isDefault = (subnet: SubnetRecord): boolean => subnet.isDefault;
  const none = (): undefined => undefined;
  return {
    'availability-zone': zone,
    availabilityZone: zone,
    'availability-zone-id': zoneId,
    availabilityZoneId: zoneId,
    'available-ip-address-count': free,
    cidr,
    'cidr-block': cidr,
    cidrBlock: cidr,
    'customer-owned-ipv4-pool': none,
    'default-for-az': isDefault,
    defaultForAz: isDefault,
    'enable-dns64': () => false,
    'enable-lni-at-device-index': none,
    'ipv6-cidr-block-association.ipv6-cidr-block': none,
    'ipv6-cidr-block-association.association-id': none,
    'ipv6-cidr-block-association.state': none,
    'ipv6-native': () => false,
    'map-customer-owned-ip-on-launch': () => false,
    'map-public-ip-on-launch': ({ mapPublicIpOnLaunch }) => mapPublicIpOnLaunch,
    'outpost-arn': none,
    'owner-id': () => scope.account,
    'private-dns-name-options-on-launch.hostname-type': () => 'ip-name',
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': () => false,
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': () => false,
    state: () => 'available',
    'subnet-arn': (subnet) => subnetArn(subnet, scope),
    'subnet-id': ({ subnetId }) => subnetId,
    'vpc-id': ({ vpcId }) => vpcId,
  };
}

function subnetArn({ subnetId }: SubnetRecord, scope: Scope): string {
  return formatArn('ec2', scope, `subnet/${subnetId}`);
}

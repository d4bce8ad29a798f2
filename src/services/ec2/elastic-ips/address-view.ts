/** An elastic address as the API shows it, and what its filters look at. */
import type { Address } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import type { ElasticIpRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import { tagsView } from '../tags.ts';

/** AWS's own pool. */
export const PUBLIC_POOL = 'amazon';

/** Answers the private address of an interface. */
export type PrivateAddresses = (eniId: string) => string | undefined;

export function addressView(
  { allocationId, publicIpv4Address, associationId, eniId, tags }: ElasticIpRecord,
  { account, region }: Scope,
  privateAddress: PrivateAddresses,
): Address {
  return {
    AllocationId: allocationId,
    PublicIp: publicIpv4Address,
    PublicIpv4Pool: PUBLIC_POOL,
    NetworkBorderGroup: region,
    Domain: 'vpc',
    ...(associationId === undefined || eniId === undefined
      ? {}
      : {
          AssociationId: associationId,
          NetworkInterfaceId: eniId,
          NetworkInterfaceOwnerId: account,
          PrivateIpAddress: privateAddress(eniId),
        }),
    Tags: tagsView(tags),
  };
}

export function addressFilters(
  { account, region }: Scope,
  privateAddress: PrivateAddresses,
): FilterFields<ElasticIpRecord> {
  return {
    'allocation-id': ({ allocationId }) => allocationId,
    'association-id': ({ associationId }) => associationId,
    domain: () => 'vpc',
    'instance-id': () => undefined,
    'network-border-group': () => region,
    'network-interface-id': ({ eniId }) => eniId,
    'network-interface-owner-id': ({ eniId }) => (eniId === undefined ? undefined : account),
    'private-ip-address': ({ eniId }) => (eniId === undefined ? undefined : privateAddress(eniId)),
    'public-ip': ({ publicIpv4Address }) => publicIpv4Address,
  };
}

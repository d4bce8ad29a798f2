/** A VPC as the API shows it, and what its filters look at. */
import type { Vpc, VpcState } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import type { VpcRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import { tagsView } from '../tags.ts';

export function vpcView(vpc: VpcRecord, { account }: Scope, state: VpcState = 'available'): Vpc {
  return {
    VpcId: vpc.vpcId,
    OwnerId: account,
    State: state,
    CidrBlock: vpc.cidr,
    CidrBlockAssociationSet: [
      { AssociationId: cidrAssociationId(vpc), CidrBlock: vpc.cidr, CidrBlockState: { State: 'associated' } },
    ],
    Ipv6CidrBlockAssociationSet: [],
    DhcpOptionsId: vpc.dhcpOptionsId,
    InstanceTenancy: 'default',
    IsDefault: vpc.isDefault,
    Tags: tagsView(vpc.tags),
  };
}

export function vpcFilters({ account }: Scope): FilterFields<VpcRecord> {
  return {
    cidr: ({ cidr }) => cidr,
    'cidr-block': ({ cidr }) => cidr,
    cidrBlock: ({ cidr }) => cidr,
    'cidr-block-association.cidr-block': ({ cidr }) => cidr,
    'cidr-block-association.association-id': cidrAssociationId,
    'cidr-block-association.state': () => 'associated',
    'ipv6-cidr-block-association.ipv6-cidr-block': () => undefined,
    'ipv6-cidr-block-association.ipv6-pool': () => undefined,
    'ipv6-cidr-block-association.association-id': () => undefined,
    'ipv6-cidr-block-association.state': () => undefined,
    'dhcp-options-id': (vpc) => vpc.dhcpOptionsId,
    dhcpOptionsId: (vpc) => vpc.dhcpOptionsId,
    'is-default': ({ isDefault }) => isDefault,
    isDefault: ({ isDefault }) => isDefault,
    'owner-id': () => account,
    state: () => 'available',
    'vpc-id': ({ vpcId }) => vpcId,
  };
}

/** Of the only range that a VPC has: it comes and goes with the VPC, and so does its id. */
function cidrAssociationId({ vpcId }: VpcRecord): string {
  return vpcId.replace('vpc-', 'vpc-cidr-assoc-');
}

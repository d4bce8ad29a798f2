/** DescribeNetworkAcls: the default one of each VPC, which lets everything through. It cannot be changed. */
import {
  DescribeNetworkAcls$,
  type DescribeNetworkAclsRequest,
  type DescribeNetworkAclsResult,
  type NetworkAcl,
  type NetworkAclEntry,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { type FilterFields, filtered } from '../filters.ts';
import type { NetworkReader } from '../network.ts';
import { pageOf } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';

interface Acl {
  readonly aclId: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

const FIRST = 100;
const LAST = 32_767;
const ENTRIES: readonly NetworkAclEntry[] = [true, false].flatMap((Egress) => [
  { Egress, RuleNumber: FIRST, RuleAction: 'allow', Protocol: '-1', CidrBlock: '0.0.0.0/0' },
  { Egress, RuleNumber: LAST, RuleAction: 'deny', Protocol: '-1', CidrBlock: '0.0.0.0/0' },
]);

export function describeNetworkAclsOperation({ network }: Ec2Parts) {
  return operation(
    DescribeNetworkAcls$,
    async (
      input: DescribeNetworkAclsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeNetworkAclsResult> => {
      const { NetworkAclIds: ids = [] } = input;
      const all = await aclsOf(network.read(scope));
      const unknown = ids.filter((id) => !all.some(({ aclId }) => aclId === id));
      if (unknown.length > 0) {
        throw new ApiError(
          'InvalidNetworkAclID.NotFound',
          `The networkAcl ID '${unknown.join(', ')}' does not exist`,
        );
      }
      const named = ids.length === 0 ? all : all.filter(({ aclId }) => ids.includes(aclId));
      const fitting = filtered(named, input.Filters, filters(scope.account));
      const { items, nextToken } = pageOf(fitting, ({ aclId }) => aclId, input, {
        question: ['DescribeNetworkAcls', ids, input.Filters ?? []],
      });
      return { NetworkAcls: items.map((acl) => aclView(acl, scope.account)), NextToken: nextToken };
    },
  );
}

async function aclsOf(reader: NetworkReader): Promise<readonly Acl[]> {
  const subnets = await reader.all('subnet');
  return (await reader.all('vpc')).map(({ vpcId, defaultNetworkAclId }) => ({
    ...{ aclId: defaultNetworkAclId, vpcId, tags: {} },
    subnetIds: subnets.filter((subnet) => subnet.vpcId === vpcId).map(({ subnetId }) => subnetId),
  }));
}

function aclView({ aclId, vpcId, subnetIds }: Acl, account: string): NetworkAcl {
  return {
    NetworkAclId: aclId,
    VpcId: vpcId,
    OwnerId: account,
    IsDefault: true,
    Entries: [...ENTRIES],
    Associations: subnetIds.map((SubnetId) => ({
      NetworkAclAssociationId: associationId(SubnetId),
      NetworkAclId: aclId,
      SubnetId,
    })),
    Tags: [],
  };
}

/** Comes and goes with the subnet. */
function associationId(subnetId: string): string {
  return subnetId.replace('subnet-', 'aclassoc-');
}

function filters(account: string): FilterFields<Acl> {
  const none = (): undefined => undefined;
  const entries = (valueOf: (entry: NetworkAclEntry) => unknown) => () =>
    ENTRIES.map((entry) => String(valueOf(entry)));
  return {
    'association.association-id': ({ subnetIds }) => subnetIds.map(associationId),
    'association.network-acl-id': ({ aclId, subnetIds }) => subnetIds.map(() => aclId),
    'association.subnet-id': ({ subnetIds }) => subnetIds,
    default: () => true,
    'entry.cidr': entries(({ CidrBlock }) => CidrBlock),
    'entry.egress': entries(({ Egress }) => Egress),
    'entry.icmp.code': none,
    'entry.icmp.type': none,
    'entry.ipv6-cidr': none,
    'entry.port-range.from': none,
    'entry.port-range.to': none,
    'entry.protocol': entries(({ Protocol }) => Protocol),
    'entry.rule-action': entries(({ RuleAction }) => RuleAction),
    'entry.rule-number': entries(({ RuleNumber }) => RuleNumber),
    'network-acl-id': ({ aclId }) => aclId,
    'owner-id': () => account,
    'vpc-id': ({ vpcId }) => vpcId,
  };
}

/** Finds the groups that requests name, by id or, in the default VPC, by name. */
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import type { GroupPair, PeerLookup } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import { checkId, missingParameter, notFound } from '../errors.ts';
import type { NetworkReader } from '../network.ts';

export interface GroupReference {
  readonly GroupId?: string | undefined;
  readonly GroupName?: string | undefined;
}

/** Throws MissingParameter, InvalidGroupId.Malformed, InvalidGroup.NotFound. */
export async function requireGroup(
  reader: NetworkReader,
  { GroupId, GroupName }: GroupReference,
): Promise<SecurityGroupRecord> {
  if (GroupId !== undefined && GroupId !== '') return reader.require('security-group', GroupId);
  if (GroupName === undefined || GroupName === '') throw missingParameter('GroupName or GroupId');
  const vpcId = await defaultVpcId(reader);
  const groups = vpcId === undefined ? [] : await reader.inVpc('security-group', vpcId);
  const group = groups.find(({ groupName }) => groupName === GroupName);
  if (group === undefined) throw noSuchName(GroupName, vpcId);
  return group;
}

/** Those with the names, all of them of the default VPC. Throws InvalidGroup.NotFound. */
export async function requireNames(reader: NetworkReader, names: readonly string[]): Promise<string[]> {
  const groups = await Promise.all(names.map((GroupName) => requireGroup(reader, { GroupName })));
  return groups.map(({ groupId }) => groupId);
}

async function defaultVpcId(reader: NetworkReader): Promise<string | undefined> {
  return (await reader.all('vpc')).find(({ isDefault }) => isDefault)?.vpcId;
}

function noSuchName(name: string, vpcId: string | undefined): ApiError {
  const where = vpcId === undefined ? '' : ` in default VPC '${vpcId}'`;
  return new ApiError('InvalidGroup.NotFound', `The security group '${name}' does not exist${where}`);
}

/** What the rules of `group` may name: groups of its VPC, and prefix lists for which `isList` holds. */
export async function peersFor(
  reader: NetworkReader,
  group: SecurityGroupRecord,
  isList: (prefixListId: string) => boolean,
): Promise<PeerLookup> {
  const groups = await reader.all('security-group');
  return {
    group: (pair) => groupPeer(pair, { groups, vpcId: group.vpcId, scope: reader.scope }),
    prefixList(prefixListId) {
      checkId('prefix-list', prefixListId);
      if (!isList(prefixListId)) throw notFound('prefix-list', prefixListId);
      return { type: 'prefix-list', prefixListId };
    },
  };
}

interface Around {
  readonly groups: readonly SecurityGroupRecord[];
  readonly vpcId: string;
  readonly scope: Scope;
}

function groupPeer(
  { GroupId, GroupName, UserId }: GroupPair,
  { groups, vpcId, scope }: Around,
): SecurityGroupRuleRecord['peer'] {
  if (GroupId === undefined && GroupName === undefined) throw missingParameter('GroupName or GroupId');
  if (GroupId !== undefined) checkId('security-group', GroupId);
  const found = groups.find((group) =>
    GroupId === undefined
      ? group.groupName === GroupName && group.vpcId === vpcId
      : group.groupId === GroupId && (GroupName === undefined || group.groupName === GroupName),
  );
  const foreign = UserId !== undefined && UserId !== '' && UserId !== scope.account;
  if (found === undefined || foreign) throw notFound('security-group', GroupId ?? GroupName ?? '');
  if (found.vpcId !== vpcId) {
    throw new ApiError(
      'InvalidGroup.NotFound',
      'You have specified two resources that belong to different networks.',
    );
  }
  return { type: 'group', groupId: found.groupId, account: scope.account };
}

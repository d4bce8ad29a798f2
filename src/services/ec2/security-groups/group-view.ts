/** Security groups and their rules as the API shows them. */
import type { RevokedSecurityGroupRule, SecurityGroup, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { formatArn, type Scope } from '../../../domain/arn.ts';
import { permissionsOfRules } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import { tagsView } from '../tags.ts';

/** Shown by DescribeSecurityGroupRules where a rule has no ports. */
const NO_PORT = -1;

export function groupView(group: SecurityGroupRecord, scope: Scope): SecurityGroup {
  const side = (egress: boolean) =>
    permissionsOfRules(group.rules.filter(({ isEgress }) => isEgress === egress));
  return {
    GroupId: group.groupId,
    GroupName: group.groupName,
    Description: group.description,
    VpcId: group.vpcId,
    OwnerId: scope.account,
    SecurityGroupArn: formatArn('ec2', scope, `security-group/${group.groupId}`),
    IpPermissions: side(false),
    IpPermissionsEgress: side(true),
    Tags: tagsView(group.tags),
  };
}

/** `group` is the one that the rule belongs to. */
export function ruleView(
  rule: SecurityGroupRuleRecord,
  group: SecurityGroupRecord,
  scope: Scope,
): SecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.ruleId,
    SecurityGroupRuleArn: formatArn('ec2', scope, `security-group-rule/${rule.ruleId}`),
    GroupId: group.groupId,
    GroupOwnerId: scope.account,
    ...ruleMembers(rule),
    ...(peer.type === 'group'
      ? { ReferencedGroupInfo: { GroupId: peer.groupId, UserId: peer.account, VpcId: group.vpcId } }
      : {}),
    Tags: tagsView(rule.tags),
  };
}

export function revokedRuleView(rule: SecurityGroupRuleRecord, groupId: string): RevokedSecurityGroupRule {
  const { peer } = rule;
  return {
    SecurityGroupRuleId: rule.ruleId,
    GroupId: groupId,
    ...ruleMembers(rule),
    ...(peer.type === 'group' ? { ReferencedGroupId: peer.groupId } : {}),
  };
}

/** What both forms have. */
function ruleMembers({ isEgress, ipProtocol, fromPort, toPort, peer, description }: SecurityGroupRuleRecord) {
  return {
    IsEgress: isEgress,
    IpProtocol: ipProtocol,
    FromPort: fromPort ?? NO_PORT,
    ToPort: toPort ?? NO_PORT,
    ...(peer.type === 'cidr' ? { CidrIpv4: peer.cidr } : {}),
    ...(peer.type === 'cidr-ipv6' ? { CidrIpv6: peer.cidr } : {}),
    ...(peer.type === 'prefix-list' ? { PrefixListId: peer.prefixListId } : {}),
    ...(description === undefined ? {} : { Description: description }),
  };
}

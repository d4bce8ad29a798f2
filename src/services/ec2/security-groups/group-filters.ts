/** By what security groups and their rules can be filtered. */
import type { SecurityGroupRecord, SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';

/** `nameOf` is the name of a group by its id, for rules that name groups. */
export function groupFilters(
  account: string,
  nameOf: (groupId: string) => string | undefined,
): FilterFields<SecurityGroupRecord> {
  return {
    description: ({ description }) => description,
    'group-id': ({ groupId }) => groupId,
    'group-name': ({ groupName }) => groupName,
    'owner-id': () => account,
    'vpc-id': ({ vpcId }) => vpcId,
    ...permissionFields('ip-permission', false, nameOf),
    ...permissionFields('egress.ip-permission', true, nameOf),
  };
}

/** What a group's rules of one direction hold, all together. */
function permissionFields(
  start: string,
  egress: boolean,
  nameOf: (groupId: string) => string | undefined,
): FilterFields<SecurityGroupRecord> {
  const values =
    (valueOf: (rule: SecurityGroupRuleRecord) => string | number | undefined) =>
    ({ rules }: SecurityGroupRecord): readonly string[] =>
      rules
        .filter(({ isEgress }) => isEgress === egress)
        .map(valueOf)
        .filter((value) => value !== undefined)
        .map(String);
  return {
    [`${start}.protocol`]: values(({ ipProtocol }) => ipProtocol),
    [`${start}.from-port`]: values(({ fromPort }) => fromPort),
    [`${start}.to-port`]: values(({ toPort }) => toPort),
    [`${start}.cidr`]: values(({ peer }) => (peer.type === 'cidr' ? peer.cidr : undefined)),
    [`${start}.ipv6-cidr`]: values(({ peer }) => (peer.type === 'cidr-ipv6' ? peer.cidr : undefined)),
    [`${start}.group-id`]: values(({ peer }) => (peer.type === 'group' ? peer.groupId : undefined)),
    [`${start}.group-name`]: values(({ peer }) => (peer.type === 'group' ? nameOf(peer.groupId) : undefined)),
    [`${start}.user-id`]: values(({ peer }) => (peer.type === 'group' ? peer.account : undefined)),
    [`${start}.prefix-list-id`]: values(({ peer }) =>
      peer.type === 'prefix-list' ? peer.prefixListId : undefined,
    ),
  };
}

/** A rule with the group that it belongs to. */
export interface RuleOfGroup extends SecurityGroupRuleRecord {
  readonly group: SecurityGroupRecord;
}

export const RULE_FILTERS: FilterFields<RuleOfGroup> = {
  'group-id': ({ group }) => group.groupId,
  'security-group-rule-id': ({ ruleId }) => ruleId,
};

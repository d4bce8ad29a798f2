/** ModifySecurityGroupRules: rules of a group, by their ids, say something else from now on. */
import {
  ModifySecurityGroupRules$,
  type ModifySecurityGroupRulesRequest,
  type ModifySecurityGroupRulesResult,
  type SecurityGroupRuleRequest,
  type SecurityGroupRuleUpdate,
} from '@aws-sdk/client-ec2';
import { rulesOfPermissions, type PeerLookup } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { changeRules } from './change-rules.ts';
import { checkRuleIds } from './rule-ids.ts';

export function modifySecurityGroupRulesOperation(parts: Ec2Parts) {
  return operation(
    ModifySecurityGroupRules$,
    (
      input: ModifySecurityGroupRulesRequest,
      { scope }: RequestContext,
    ): Promise<ModifySecurityGroupRulesResult> => {
      const updates = checkedUpdates(input.SecurityGroupRules);
      return changeRules(parts, scope, input, ({ group, peers, checkAll }) => {
        checkRuleIds(group.rules, [...updates.keys()]);
        const rules = group.rules.map((rule) => {
          const update = updates.get(rule.ruleId);
          return update === undefined ? rule : modified(rule, update, peers);
        });
        checkAll(rules);
        return { answer: { Return: true }, rules };
      });
    },
  );
}

function checkedUpdates(
  asked: readonly SecurityGroupRuleUpdate[] | undefined,
): ReadonlyMap<string, SecurityGroupRuleRequest> {
  const updates = new Map<string, SecurityGroupRuleRequest>();
  for (const { SecurityGroupRuleId: id, SecurityGroupRule: rule } of asked ?? []) {
    if (id === undefined) throw missingParameter('SecurityGroupRuleId');
    if (rule === undefined) throw missingParameter('SecurityGroupRule');
    if (updates.has(id)) throw invalidParameterValue(`Duplicate security group rule id: ${id}`);
    updates.set(id, rule);
  }
  if (updates.size === 0) throw missingParameter('SecurityGroupRules');
  return updates;
}

/** A peer of another kind is refused, as AWS does: the rule would be another. */
function modified(
  rule: SecurityGroupRuleRecord,
  asked: SecurityGroupRuleRequest,
  peers: PeerLookup,
): SecurityGroupRuleRecord {
  const { CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId, Description } = asked;
  const { IpProtocol, FromPort, ToPort } = asked;
  const [draft, ...more] = rulesOfPermissions(
    [
      {
        ...{ IpProtocol, FromPort, ToPort },
        IpRanges: CidrIpv4 === undefined ? [] : [{ CidrIp: CidrIpv4, Description }],
        Ipv6Ranges: CidrIpv6 === undefined ? [] : [{ CidrIpv6, Description }],
        PrefixListIds: PrefixListId === undefined ? [] : [{ PrefixListId, Description }],
        UserIdGroupPairs:
          ReferencedGroupId === undefined ? [] : [{ GroupId: ReferencedGroupId, Description }],
      },
    ],
    rule.isEgress,
    peers,
  );
  if (draft === undefined || more.length > 0) {
    throw invalidParameterValue(
      'Only one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId may be specified for a rule',
    );
  }
  if (draft.peer.type !== rule.peer.type) {
    throw invalidParameterValue(
      `Invalid rule type for security group rule '${rule.ruleId}'. You may not specify ${memberOf(draft.peer.type)} for an existing ${NAMES[rule.peer.type]} rule.`,
    );
  }
  return { ...draft, ruleId: rule.ruleId, tags: rule.tags };
}

const NAMES = {
  cidr: 'IPv4 CIDR',
  'cidr-ipv6': 'IPv6 CIDR',
  group: 'security group',
  'prefix-list': 'prefix list',
} as const;

const MEMBERS = {
  cidr: 'CidrIpv4',
  'cidr-ipv6': 'CidrIpv6',
  group: 'ReferencedGroupId',
  'prefix-list': 'PrefixListId',
} as const;

const memberOf = (type: keyof typeof MEMBERS): string => MEMBERS[type];

/** UpdateSecurityGroupRuleDescriptionsIngress and …Egress: give rules of a group other descriptions, or none. */
import {
  type SecurityGroupRuleDescription,
  UpdateSecurityGroupRuleDescriptionsEgress$,
  type UpdateSecurityGroupRuleDescriptionsEgressRequest,
  UpdateSecurityGroupRuleDescriptionsIngress$,
  type UpdateSecurityGroupRuleDescriptionsIngressRequest,
  type UpdateSecurityGroupRuleDescriptionsIngressResult,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { type IpPermission, rulesOfPermissions } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import {
  checkNoneTwice,
  ruleDescription,
  ruleIdentity,
} from '../../../domain/network/security-group-rules.ts';
import { operation } from '../../../wire/service.ts';
import { invalidParameterCombination, missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { changeRules, type RulesAtHand } from './change-rules.ts';
import type { GroupReference } from './group-lookup.ts';
import { checkRuleIds } from './rule-ids.ts';

interface UpdateRequest extends GroupReference {
  readonly IpPermissions?: readonly IpPermission[] | undefined;
  readonly SecurityGroupRuleDescriptions?: readonly SecurityGroupRuleDescription[] | undefined;
}

export function updateIngressDescriptionsOperation(parts: Ec2Parts) {
  return operation(
    UpdateSecurityGroupRuleDescriptionsIngress$,
    (input: UpdateSecurityGroupRuleDescriptionsIngressRequest, { scope }) =>
      update(parts, scope, input, false),
  );
}

export function updateEgressDescriptionsOperation(parts: Ec2Parts) {
  return operation(
    UpdateSecurityGroupRuleDescriptionsEgress$,
    (input: UpdateSecurityGroupRuleDescriptionsEgressRequest, { scope }) => update(parts, scope, input, true),
  );
}

type Descriptions = ReadonlyMap<string, { readonly description?: string }>;

function update(
  parts: Ec2Parts,
  scope: Scope,
  input: UpdateRequest,
  isEgress: boolean,
): Promise<UpdateSecurityGroupRuleDescriptionsIngressResult> {
  return changeRules(parts, scope, input, (atHand) => {
    const { rules } = atHand.group;
    const ofDirection = rules.filter((rule) => rule.isEgress === isEgress);
    const descriptions = newDescriptions(input, ofDirection, atHand, isEgress);
    return {
      answer: { Return: true },
      rules: rules.map((rule) => described(rule, descriptions.get(rule.ruleId))),
    };
  });
}

function newDescriptions(
  { IpPermissions = [], SecurityGroupRuleDescriptions: byId = [] }: UpdateRequest,
  rules: readonly SecurityGroupRuleRecord[],
  { peers }: RulesAtHand,
  isEgress: boolean,
): Descriptions {
  if (IpPermissions.length > 0 && byId.length > 0) {
    throw invalidParameterCombination(
      'The parameter ipPermissions may not be used in combination with securityGroupRuleDescriptions',
    );
  }
  if (IpPermissions.length + byId.length === 0) {
    throw missingParameter('ipPermissions or securityGroupRuleDescriptions');
  }
  if (byId.length > 0) return descriptionsById(byId, rules);
  const drafts = rulesOfPermissions(IpPermissions, isEgress, peers);
  checkNoneTwice(drafts);
  const idOf = new Map(rules.map((rule) => [ruleIdentity(rule), rule.ruleId]));
  return new Map(
    drafts.map((draft) => {
      const id = idOf.get(ruleIdentity(draft));
      if (id === undefined) throw noSuchRule();
      return [id, ruleDescription(draft.description)];
    }),
  );
}

function descriptionsById(
  asked: readonly SecurityGroupRuleDescription[],
  rules: readonly SecurityGroupRuleRecord[],
): Descriptions {
  const ids = asked.map(({ SecurityGroupRuleId: id }) => {
    if (id === undefined) throw missingParameter('SecurityGroupRuleId');
    return id;
  });
  checkRuleIds(rules, ids);
  return new Map(asked.map(({ Description }, index) => [ids[index] ?? '', ruleDescription(Description)]));
}

function described(
  rule: SecurityGroupRuleRecord,
  next: { readonly description?: string } | undefined,
): SecurityGroupRuleRecord {
  if (next === undefined) return rule;
  const { description: _, ...rest } = rule;
  return { ...rest, ...next };
}

function noSuchRule(): ApiError {
  return new ApiError(
    'InvalidPermission.NotFound',
    'The specified rule does not exist in this security group.',
  );
}

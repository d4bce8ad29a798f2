/**
 * RevokeSecurityGroupIngress and …Egress: take rules of a group away, by their ids or by what they say. Of a default
 * VPC, AWS passes by what is not there and says so; elsewhere it refuses.
 */
import {
  RevokeSecurityGroupEgress$,
  type RevokeSecurityGroupEgressRequest,
  RevokeSecurityGroupIngress$,
  type RevokeSecurityGroupIngressRequest,
  type RevokeSecurityGroupIngressResult,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { permissionsOfRules, rulesOfPermissions } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import { matchRules, type RuleDraft } from '../../../domain/network/security-group-rules.ts';
import { operation } from '../../../wire/service.ts';
import { invalidParameterCombination, missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { type AskedRules, askedPermissions } from './asked-rules.ts';
import { changeRules, type RulesAtHand } from './change-rules.ts';
import type { GroupReference } from './group-lookup.ts';
import { revokedRuleView } from './group-view.ts';
import { checkRuleIds } from './rule-ids.ts';

interface RevokeRequest extends GroupReference, AskedRules {
  readonly SecurityGroupRuleIds?: readonly string[] | undefined;
}

export function revokeIngressOperation(parts: Ec2Parts) {
  return operation(RevokeSecurityGroupIngress$, (input: RevokeSecurityGroupIngressRequest, { scope }) =>
    revoke(parts, scope, input, false),
  );
}

export function revokeEgressOperation(parts: Ec2Parts) {
  return operation(RevokeSecurityGroupEgress$, (input: RevokeSecurityGroupEgressRequest, { scope }) =>
    revoke(parts, scope, input, true),
  );
}

interface Matched {
  readonly found: readonly SecurityGroupRuleRecord[];
  readonly unknown: readonly RuleDraft[];
}

function revoke(
  parts: Ec2Parts,
  scope: Scope,
  input: RevokeRequest,
  isEgress: boolean,
): Promise<RevokeSecurityGroupIngressResult> {
  return changeRules(parts, scope, input, (atHand) => {
    const { group } = atHand;
    const { found, unknown } = matched(input, isEgress, atHand);
    if (unknown.length > 0 && !atHand.inDefaultVpc) {
      throw new ApiError(
        'InvalidPermission.NotFound',
        'The specified rule does not exist in this security group.',
      );
    }
    return {
      answer: {
        Return: true,
        UnknownIpPermissions: permissionsOfRules(unknown),
        RevokedSecurityGroupRules: found.map((rule) => revokedRuleView(rule, group.groupId)),
      },
      rules: found.length === 0 ? group.rules : group.rules.filter((rule) => !found.includes(rule)),
    };
  });
}

function matched(input: RevokeRequest, isEgress: boolean, { group, peers }: RulesAtHand): Matched {
  const { SecurityGroupRuleIds: ids = [] } = input;
  const rules = group.rules.filter((rule) => rule.isEgress === isEgress);
  const permissions = askedPermissions(input, isEgress);
  if (ids.length > 0 && permissions !== undefined) {
    throw invalidParameterCombination(
      'The parameter securityGroupRuleIds may not be used in combination with ipPermissions',
    );
  }
  if (ids.length > 0) {
    checkRuleIds(rules, ids);
    return { found: rules.filter(({ ruleId }) => ids.includes(ruleId)), unknown: [] };
  }
  if (permissions === undefined) {
    throw missingParameter('ipPermissions or securityGroupRuleIds');
  }
  return matchRules(rules, rulesOfPermissions(permissions, isEgress, peers));
}

/** AuthorizeSecurityGroupIngress and …Egress: add rules to a group, all or none. */
import {
  AuthorizeSecurityGroupEgress$,
  type AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngress$,
  type AuthorizeSecurityGroupIngressRequest,
  type AuthorizeSecurityGroupIngressResult,
  type TagSpecification,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import { rulesOfPermissions } from '../../../domain/network/ip-permissions.ts';
import type { SecurityGroupRuleRecord } from '../../../domain/network/records.ts';
import { operation } from '../../../wire/service.ts';
import { missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { type AskedRules, askedPermissions } from './asked-rules.ts';
import { changeRules } from './change-rules.ts';
import type { GroupReference } from './group-lookup.ts';
import { ruleView } from './group-view.ts';

interface AuthorizeRequest extends GroupReference, AskedRules {
  readonly TagSpecifications?: readonly TagSpecification[] | undefined;
}

export function authorizeIngressOperation(parts: Ec2Parts) {
  return operation(AuthorizeSecurityGroupIngress$, (input: AuthorizeSecurityGroupIngressRequest, { scope }) =>
    authorize(parts, scope, input, false),
  );
}

export function authorizeEgressOperation(parts: Ec2Parts) {
  return operation(AuthorizeSecurityGroupEgress$, (input: AuthorizeSecurityGroupEgressRequest, { scope }) =>
    authorize(parts, scope, input, true),
  );
}

async function authorize(
  parts: Ec2Parts,
  scope: Scope,
  input: AuthorizeRequest,
  isEgress: boolean,
): Promise<AuthorizeSecurityGroupIngressResult> {
  const permissions = askedPermissions(input, isEgress);
  if (permissions === undefined) throw missingParameter('ipPermissions');
  const tags = tagsFor('security-group-rule', input.TagSpecifications);
  return changeRules(parts, scope, input, ({ group, peers, checkNew }) => {
    const drafts = rulesOfPermissions(permissions, isEgress, peers);
    checkNew(drafts);
    const added = drafts.map((draft): SecurityGroupRuleRecord => {
      return { ...draft, ruleId: ec2Id('sgr', (length) => parts.ids.hex(length)), tags };
    });
    return {
      answer: { Return: true, SecurityGroupRules: added.map((rule) => ruleView(rule, group, scope)) },
      rules: [...group.rules, ...added],
    };
  });
}

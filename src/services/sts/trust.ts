/** Whether a role's trust policy lets somebody assume it. */
import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import { parseArn } from '../../domain/arn.ts';
import { evaluatePolicy } from '../../domain/iam/evaluate-policy.ts';
import type { PolicyContext } from '../../domain/iam/policy-pattern.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import type { RequestContext } from '../../wire/service.ts';
import { requestKeys } from '../iam/request-keys.ts';
import type { StsDeps } from './service.ts';

const ACTION = 'sts:AssumeRole';

export async function trusts(
  { roles, clock }: Pick<StsDeps, 'roles' | 'clock'>,
  role: RoleRecord,
  input: AssumeRoleRequest,
  { scope, principalArn, arrival = {} }: Pick<RequestContext, 'scope' | 'principalArn' | 'arrival'>,
): Promise<boolean> {
  const { account } = scope;
  const { resource = '' } = parseArn(principalArn) ?? {};
  const [kind, callerRole = ''] = resource.split('/');
  const own = kind === 'assumed-role' ? await roles.find(account, callerRole) : undefined;
  const verdict = evaluatePolicy(roles.trustPolicy(role), {
    principal: { type: 'AWS', id: principalArn },
    action: ACTION,
    resource: role.arn,
    context: {
      ...trustContext(input),
      ...requestKeys(scope, arrival, clock.now()),
      'aws:PrincipalArn': own?.arn ?? principalArn,
      'aws:PrincipalAccount': account,
      'aws:PrincipalType': kind === 'assumed-role' ? 'AssumedRole' : 'Account',
    },
  });
  return verdict === 'allow';
}

/** Condition keys that only STS knows. */
export function trustContext({ ExternalId, RoleSessionName }: AssumeRoleRequest): PolicyContext {
  return {
    ...(ExternalId !== undefined && { 'sts:ExternalId': ExternalId }),
    ...(RoleSessionName !== undefined && { 'sts:RoleSessionName': RoleSessionName }),
  };
}

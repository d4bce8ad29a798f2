/** Which roles ECS may act as for tasks: those of the tasks' own account that trust it. */
import { formatArn, type Scope } from '../../domain/arn.ts';
import { evaluatePolicy } from '../../domain/iam/evaluate-policy.ts';
import type { Roles } from './roles.ts';

const SERVICE = 'ecs-tasks.amazonaws.com';

/** `scope`: of the tasks. */
export async function tasksMayAssume(
  roles: Pick<Roles, 'find' | 'trustPolicy'>,
  roleArn: string,
  scope: Scope,
): Promise<boolean> {
  const role = await roles.find(scope.account, roleArn.slice(roleArn.lastIndexOf('/') + 1));
  if (role === undefined || role.arn !== roleArn) return false;
  const verdict = evaluatePolicy(roles.trustPolicy(role), {
    principal: { type: 'Service', id: SERVICE },
    action: 'sts:AssumeRole',
    resource: roleArn,
    context: { 'aws:SourceAccount': scope.account, 'aws:SourceArn': formatArn('ecs', scope, 'task/*') },
  });
  return verdict === 'allow';
}

import { DetachRolePolicy$, type DetachRolePolicyRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { noSuchPolicy } from '../errors.ts';
import { policyNameOf } from '../policy-store.ts';
import { changeRole } from '../role-store.ts';

export function detachRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    DetachRolePolicy$,
    async ({ RoleName, PolicyArn }: DetachRolePolicyRequest, { scope }): Promise<void> => {
      const { arn } = policyNameOf(PolicyArn);
      await changeRole(deps, scope.account, RoleName, (role) => {
        const attachedPolicies = role.attachedPolicies.filter((attached) => attached !== arn);
        if (attachedPolicies.length === role.attachedPolicies.length) throw noSuchPolicy(arn);
        return { role: { ...role, attachedPolicies } };
      });
    },
  );
}

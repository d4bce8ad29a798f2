import { AttachRolePolicy$, type AttachRolePolicyRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { quotaExceeded } from '../errors.ts';
import { heldPolicy } from '../policy-store.ts';
import { changeRole } from '../role-store.ts';

const MOST_ATTACHED = 20;

/** May be repeated. */
export function attachRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    AttachRolePolicy$,
    async ({ RoleName, PolicyArn }: AttachRolePolicyRequest, { scope: { account } }): Promise<void> => {
      await changeRole(deps, account, RoleName, async (role) => {
        const { arn, ...held } = await heldPolicy(deps, account, PolicyArn, 'Policy');
        if (role.attachedPolicies.includes(arn)) return { role };
        const attachedPolicies = [...role.attachedPolicies, arn];
        if (attachedPolicies.length > MOST_ATTACHED) throw quotaExceeded('PoliciesPerRole', MOST_ATTACHED);
        return { role: { ...role, attachedPolicies }, ...held };
      });
    },
  );
}

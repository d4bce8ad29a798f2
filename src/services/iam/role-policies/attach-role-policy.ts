import { AttachRolePolicy$, type AttachRolePolicyRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { notAttachable, quotaExceeded } from '../errors.ts';
import { findOwnPolicy, isAwsPolicy, policyNameOf } from '../policy-store.ts';
import { changeRole } from '../role-store.ts';

const MOST_ATTACHED = 20;

/** May be repeated. */
export function attachRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    AttachRolePolicy$,
    async ({ RoleName, PolicyArn }: AttachRolePolicyRequest, { scope: { account } }): Promise<void> => {
      const { arn } = policyNameOf(PolicyArn);
      await changeRole(deps, account, RoleName, async (role) => {
        const policy = isAwsPolicy(arn) ? 'of AWS' : await findOwnPolicy(deps, account, arn);
        if (policy === undefined) throw notAttachable(`Policy ${arn}`);
        if (role.attachedPolicies.includes(arn)) return { role };
        const attachedPolicies = [...role.attachedPolicies, arn];
        if (attachedPolicies.length > MOST_ATTACHED) throw quotaExceeded('PoliciesPerRole', MOST_ATTACHED);
        if (policy === 'of AWS') return { role: { ...role, attachedPolicies } };
        // Written as it is, so that a deletion at the same time finds it changed.
        const { key, revision, value } = policy;
        return {
          role: { ...role, attachedPolicies },
          conditions: [{ key, revision }],
          writes: [{ put: key, value }],
        };
      });
    },
  );
}

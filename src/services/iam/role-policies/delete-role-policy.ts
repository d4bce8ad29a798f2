import { DeleteRolePolicy$, type DeleteRolePolicyRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPolicyName } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { noSuchRolePolicy } from '../errors.ts';
import { changeRole } from '../role-store.ts';

export function deleteRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(DeleteRolePolicy$, async (input: DeleteRolePolicyRequest, { scope }): Promise<void> => {
    const name = checkPolicyName(input.PolicyName);
    await changeRole(deps, scope.account, input.RoleName, (role) => {
      const inlinePolicies = new Map(Object.entries(role.inlinePolicies));
      if (!inlinePolicies.delete(name)) throw noSuchRolePolicy(name);
      return { role: { ...role, inlinePolicies: Object.fromEntries(inlinePolicies) } };
    });
  });
}

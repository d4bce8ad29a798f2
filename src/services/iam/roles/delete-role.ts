import { DeleteRole$, type DeleteRoleRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { deleteConflict } from '../errors.ts';
import { changeRole } from '../role-store.ts';

/** Only of a role without policies. */
export function deleteRole(deps: IamOperationDeps): OperationDefinition {
  return operation(DeleteRole$, async ({ RoleName }: DeleteRoleRequest, { scope }): Promise<void> => {
    await changeRole(deps, scope.account, RoleName, ({ attachedPolicies, inlinePolicies }) => {
      if (attachedPolicies.length > 0) {
        throw deleteConflict('Cannot delete entity, must detach all policies first.');
      }
      if (Object.keys(inlinePolicies).length > 0) {
        throw deleteConflict('Cannot delete entity, must delete policies first.');
      }
      return { role: 'deleted' };
    });
  });
}

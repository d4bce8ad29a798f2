import {
  ListInstanceProfilesForRole$,
  type ListInstanceProfilesForRoleRequest,
  type ListInstanceProfilesForRoleResponse,
} from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { getRole } from '../role-store.ts';

/** None: they are for virtual machines. Terraform asks before it deletes a role. */
export function listInstanceProfilesForRole(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListInstanceProfilesForRole$,
    async (
      input: ListInstanceProfilesForRoleRequest,
      { scope: { account } },
    ): Promise<ListInstanceProfilesForRoleResponse> => {
      const { value: role } = await getRole(deps, account, input.RoleName);
      const question = ['ListInstanceProfilesForRole', account, role.roleName];
      return { InstanceProfiles: [], ...iamPage(input, question, [], String).page };
    },
  );
}

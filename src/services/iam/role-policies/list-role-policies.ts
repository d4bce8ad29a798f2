import {
  ListRolePolicies$,
  type ListRolePoliciesRequest,
  type ListRolePoliciesResponse,
} from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { getRole } from '../role-store.ts';

/** The names of inline policies. */
export function listRolePolicies(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListRolePolicies$,
    async (input: ListRolePoliciesRequest, { scope: { account } }): Promise<ListRolePoliciesResponse> => {
      const { value: role } = await getRole(deps, account, input.RoleName);
      const names = Object.keys(role.inlinePolicies).sort();
      const { items, page } = iamPage(input, ['ListRolePolicies', account, role.roleName], names, String);
      return { PolicyNames: [...items], ...page };
    },
  );
}

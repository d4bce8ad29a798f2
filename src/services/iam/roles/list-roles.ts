import { ListRoles$, type ListRolesRequest, type ListRolesResponse } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPathPrefix } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { allRoles } from '../role-store.ts';
import { listedRole } from './role-view.ts';

export function listRoles(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListRoles$,
    async (input: ListRolesRequest, { scope: { account } }): Promise<ListRolesResponse> => {
      const prefix = checkPathPrefix(input.PathPrefix);
      const found = (await allRoles(deps, account)).filter(({ path }) => path.startsWith(prefix));
      const question = ['ListRoles', account, prefix];
      const { items, page } = iamPage(input, question, found, ({ roleName }) => roleName);
      return { Roles: items.map(listedRole), ...page };
    },
  );
}

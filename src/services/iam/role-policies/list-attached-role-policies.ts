import {
  ListAttachedRolePolicies$,
  type ListAttachedRolePoliciesRequest,
  type ListAttachedRolePoliciesResponse,
} from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPathPrefix } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { policyNameOf } from '../policy-store.ts';
import { getRole } from '../role-store.ts';

export function listAttachedRolePolicies(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListAttachedRolePolicies$,
    async (
      input: ListAttachedRolePoliciesRequest,
      { scope: { account } },
    ): Promise<ListAttachedRolePoliciesResponse> => {
      const prefix = checkPathPrefix(input.PathPrefix);
      const { value: role } = await getRole(deps, account, input.RoleName);
      const found = role.attachedPolicies.map(policyNameOf).filter(({ path }) => path.startsWith(prefix));
      const question = ['ListAttachedRolePolicies', account, role.roleName, prefix];
      const { items, page } = iamPage(input, question, found, ({ arn }) => arn);
      return {
        AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })),
        ...page,
      };
    },
  );
}

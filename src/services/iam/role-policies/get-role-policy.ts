import { GetRolePolicy$, type GetRolePolicyRequest, type GetRolePolicyResponse } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPolicyName } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { noSuchRolePolicy } from '../errors.ts';
import { getRole } from '../role-store.ts';
import { shownDocument } from '../shown.ts';

export function getRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    GetRolePolicy$,
    async (input: GetRolePolicyRequest, { scope }): Promise<GetRolePolicyResponse> => {
      const name = checkPolicyName(input.PolicyName);
      const { value: role } = await getRole(deps, scope.account, input.RoleName);
      const document = new Map(Object.entries(role.inlinePolicies)).get(name);
      if (document === undefined) throw noSuchRolePolicy(name);
      return { RoleName: role.roleName, PolicyName: name, PolicyDocument: shownDocument(document) };
    },
  );
}

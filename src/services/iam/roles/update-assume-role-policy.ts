import { UpdateAssumeRolePolicy$, type UpdateAssumeRolePolicyRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkDocument } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { changeRole } from '../role-store.ts';

export function updateAssumeRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    UpdateAssumeRolePolicy$,
    async (input: UpdateAssumeRolePolicyRequest, { scope }): Promise<void> => {
      const trustPolicy = checkDocument(input.PolicyDocument, 'policyDocument', 'trust');
      await changeRole(deps, scope.account, input.RoleName, (role) => ({ role: { ...role, trustPolicy } }));
    },
  );
}

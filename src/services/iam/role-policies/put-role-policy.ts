import { PutRolePolicy$, type PutRolePolicyRequest } from '@aws-sdk/client-iam';
import { ApiError } from '../../../domain/errors.ts';
import { policySize } from '../../../domain/iam/check-policy.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkDocument, checkPolicyName } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { changeRole } from '../role-store.ts';

/** Of all inline policies of a role together. */
const LARGEST = 10_240;

/** Makes an inline policy, or changes it. */
export function putRolePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(PutRolePolicy$, async (input: PutRolePolicyRequest, { scope }): Promise<void> => {
    const name = checkPolicyName(input.PolicyName);
    const document = checkDocument(input.PolicyDocument, 'policyDocument', 'identity');
    await changeRole(deps, scope.account, input.RoleName, (role) => {
      const inlinePolicies = { ...role.inlinePolicies, [name]: document };
      const size = Object.values(inlinePolicies).reduce((sum, text) => sum + policySize(text), 0);
      if (size > LARGEST) {
        throw new ApiError(
          'LimitExceededException',
          `Maximum policy size of ${LARGEST} bytes exceeded for role ${role.roleName}`,
        );
      }
      return { role: { ...role, inlinePolicies } };
    });
  });
}

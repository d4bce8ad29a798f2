import { DeletePolicy$, type DeletePolicyRequest } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { deleteConflict } from '../errors.ts';
import { changePolicy } from '../policy-store.ts';
import { allRoles } from '../role-store.ts';
import { policyUses } from './policy-view.ts';

export function deletePolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    DeletePolicy$,
    async ({ PolicyArn }: DeletePolicyRequest, { scope: { account } }): Promise<void> => {
      await changePolicy(deps, account, PolicyArn, async ({ arn, versions }) => {
        if (policyUses(await allRoles(deps, account)).has(arn)) {
          throw deleteConflict('Cannot delete a policy attached to entities.');
        }
        if (versions.length > 1) {
          throw deleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
          );
        }
        return { policy: 'deleted', answer: undefined };
      });
    },
  );
}

import { GetPolicy$, type GetPolicyRequest, type GetPolicyResponse } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { getPolicy } from '../policy-store.ts';
import { allRoles } from '../role-store.ts';
import { policyUses, UNUSED, wholePolicy } from './policy-view.ts';

export function getPolicyOperation(deps: IamOperationDeps): OperationDefinition {
  return operation(
    GetPolicy$,
    async ({ PolicyArn }: GetPolicyRequest, { scope: { account } }): Promise<GetPolicyResponse> => {
      const policy = await getPolicy(deps, account, PolicyArn);
      const uses = policyUses(await allRoles(deps, account));
      return { Policy: wholePolicy(policy, uses.get(policy.arn) ?? UNUSED) };
    },
  );
}

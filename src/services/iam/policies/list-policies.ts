import { ListPolicies$, type ListPoliciesRequest, type ListPoliciesResponse } from '@aws-sdk/client-iam';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import { AWS_MANAGED_POLICIES } from '../../../domain/iam/aws-managed-policies.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPathPrefix } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { ownPolicies, recordOf } from '../policy-store.ts';
import { allRoles } from '../role-store.ts';
import { listedPolicy, policyUses, UNUSED } from './policy-view.ts';

export function listPolicies(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListPolicies$,
    async (input: ListPoliciesRequest, { scope: { account } }): Promise<ListPoliciesResponse> => {
      const { Scope: wanted = 'All', OnlyAttached: onlyAttached = false, PolicyUsageFilter: usage } = input;
      const prefix = checkPathPrefix(input.PathPrefix);
      checkEnum('ValidationError', 'scope', wanted, ['All', 'AWS', 'Local']);
      checkEnum('ValidationError', 'policyUsageFilter', usage, ['PermissionsPolicy', 'PermissionsBoundary']);
      const uses = policyUses(await allRoles(deps, account));
      const own = wanted === 'AWS' ? [] : await ownPolicies(deps, account);
      const ofAws = wanted === 'Local' ? [] : AWS_MANAGED_POLICIES.map(recordOf);
      const found = [...own, ...ofAws]
        .filter(({ path }) => path.startsWith(prefix))
        .map((policy) => ({ policy, use: uses.get(policy.arn) ?? UNUSED }))
        .filter(({ use }) => !onlyAttached || use.attached > 0)
        .filter(({ use }) => usage !== 'PermissionsBoundary' || use.boundary > 0);
      const question = ['ListPolicies', account, wanted, prefix, onlyAttached, usage];
      const { items, page } = iamPage(input, question, found, ({ policy }) => policy.arn);
      return { Policies: items.map(({ policy, use }) => listedPolicy(policy, use)), ...page };
    },
  );
}

import { ListPolicies$, type ListPoliciesRequest, type ListPoliciesResponse } from '@aws-sdk/client-iam';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import { AWS_MANAGED_POLICIES } from '../../../domain/iam/aws-managed-policies.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPathPrefix } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { ownPolicies, recordOf } from '../policy-store.ts';
import { allRoles } from '../role-store.ts';
import { attachments, listedPolicy } from './policy-view.ts';

export function listPolicies(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListPolicies$,
    async (input: ListPoliciesRequest, { scope: { account } }): Promise<ListPoliciesResponse> => {
      const { Scope: wanted = 'All', OnlyAttached: onlyAttached = false, PolicyUsageFilter: usage } = input;
      const prefix = checkPathPrefix(input.PathPrefix);
      checkEnum('ValidationError', 'scope', wanted, ['All', 'AWS', 'Local']);
      checkEnum('ValidationError', 'policyUsageFilter', usage, ['PermissionsPolicy', 'PermissionsBoundary']);
      const counts = attachments(await allRoles(deps, account));
      const own = wanted === 'AWS' ? [] : await ownPolicies(deps, account);
      const ofAws = wanted === 'Local' ? [] : AWS_MANAGED_POLICIES.map(recordOf);
      // Nothing is used as a boundary here.
      const found = (usage === 'PermissionsBoundary' ? [] : [...own, ...ofAws])
        .filter(({ path }) => path.startsWith(prefix))
        .map((policy) => ({ policy, count: counts.get(policy.arn) ?? 0 }))
        .filter(({ count }) => !onlyAttached || count > 0);
      const question = ['ListPolicies', account, wanted, prefix, onlyAttached, usage];
      const { items, page } = iamPage(input, question, found, ({ policy }) => policy.arn);
      return { Policies: items.map(({ policy, count }) => listedPolicy(policy, count)), ...page };
    },
  );
}

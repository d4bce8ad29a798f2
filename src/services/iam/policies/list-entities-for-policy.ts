import {
  ListEntitiesForPolicy$,
  type ListEntitiesForPolicyRequest,
  type ListEntitiesForPolicyResponse,
  type PolicyUsageType,
} from '@aws-sdk/client-iam';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import type { RoleRecord } from '../../../domain/iam/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkPathPrefix } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { getPolicy } from '../policy-store.ts';
import { allRoles } from '../role-store.ts';

const KINDS = ['AWSManagedPolicy', 'Group', 'LocalManagedPolicy', 'Role', 'User'];

/** Roles alone: there are no users and no groups here. */
export function listEntitiesForPolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListEntitiesForPolicy$,
    async (
      input: ListEntitiesForPolicyRequest,
      { scope: { account } },
    ): Promise<ListEntitiesForPolicyResponse> => {
      const { EntityFilter: kind, PolicyUsageFilter: usage } = input;
      const prefix = checkPathPrefix(input.PathPrefix);
      checkEnum('ValidationError', 'entityFilter', kind, KINDS);
      checkEnum('ValidationError', 'policyUsageFilter', usage, ['PermissionsPolicy', 'PermissionsBoundary']);
      const { arn } = await getPolicy(deps, account, input.PolicyArn);
      const isAsked = kind === undefined || kind === 'Role';
      const roles = (isAsked ? await allRoles(deps, account) : []).filter(
        (role) => role.path.startsWith(prefix) && uses(role, arn, usage),
      );
      const question = ['ListEntitiesForPolicy', account, arn, prefix, kind, usage];
      const { items, page } = iamPage(input, question, roles, ({ roleName }) => roleName);
      return {
        PolicyGroups: [],
        PolicyUsers: [],
        PolicyRoles: items.map(({ roleName, roleId }) => ({ RoleName: roleName, RoleId: roleId })),
        ...page,
      };
    },
  );
}

function uses(
  { attachedPolicies, permissionsBoundary }: RoleRecord,
  arn: string,
  as: PolicyUsageType | undefined,
): boolean {
  const isAttached = as !== 'PermissionsBoundary' && attachedPolicies.includes(arn);
  return isAttached || (as !== 'PermissionsPolicy' && permissionsBoundary === arn);
}

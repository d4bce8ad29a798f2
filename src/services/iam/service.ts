/** AWS IAM, as far as tasks have to do with it: roles and managed policies, a file an operation. No users, no groups. */
import type { AwsQueryService } from '../../wire/service.ts';
import type { IamDeps } from './deps.ts';
import { FirstRoles } from './first-role.ts';
import { iamPermissions } from './permissions.ts';
import { createPolicy } from './policies/create-policy.ts';
import { createPolicyVersion } from './policies/create-policy-version.ts';
import { deletePolicy } from './policies/delete-policy.ts';
import { getPolicyOperation } from './policies/get-policy.ts';
import { listEntitiesForPolicy } from './policies/list-entities-for-policy.ts';
import { listPolicies } from './policies/list-policies.ts';
import {
  deletePolicyVersion,
  getPolicyVersion,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './policies/policy-versions.ts';
import { listPolicyTags, tagPolicy, untagPolicy } from './policies/tag-policy.ts';
import { attachRolePolicy } from './role-policies/attach-role-policy.ts';
import { deleteRolePolicy } from './role-policies/delete-role-policy.ts';
import { detachRolePolicy } from './role-policies/detach-role-policy.ts';
import { getRolePolicy } from './role-policies/get-role-policy.ts';
import { listAttachedRolePolicies } from './role-policies/list-attached-role-policies.ts';
import { listRolePolicies } from './role-policies/list-role-policies.ts';
import { putRolePolicy } from './role-policies/put-role-policy.ts';
import { createRole } from './roles/create-role.ts';
import { createServiceLinkedRole } from './roles/create-service-linked-role.ts';
import { deleteRole } from './roles/delete-role.ts';
import { getRoleOperation } from './roles/get-role.ts';
import { deleteRolePermissionsBoundary, putRolePermissionsBoundary } from './roles/permissions-boundary.ts';
import { listInstanceProfilesForRole } from './roles/list-instance-profiles-for-role.ts';
import { listRoles } from './roles/list-roles.ts';
import { listRoleTags, tagRole, untagRole } from './roles/tag-role.ts';
import { updateAssumeRolePolicy } from './roles/update-assume-role-policy.ts';
import { updateRole, updateRoleDescription } from './roles/update-role.ts';

export function createIamService(parts: IamDeps): AwsQueryService {
  const deps = { ...parts, firstRoles: new FirstRoles(parts) };
  return {
    protocol: 'aws-query',
    name: 'iam',
    version: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    permissions: iamPermissions(deps),
    operations: [
      createRole(deps),
      getRoleOperation(deps),
      listRoles(deps),
      updateRole(deps),
      updateRoleDescription(deps),
      updateAssumeRolePolicy(deps),
      deleteRole(deps),
      putRolePermissionsBoundary(deps),
      deleteRolePermissionsBoundary(deps),
      tagRole(deps),
      untagRole(deps),
      listRoleTags(deps),
      listInstanceProfilesForRole(deps),
      createServiceLinkedRole(deps),
      putRolePolicy(deps),
      getRolePolicy(deps),
      deleteRolePolicy(deps),
      listRolePolicies(deps),
      attachRolePolicy(deps),
      detachRolePolicy(deps),
      listAttachedRolePolicies(deps),
      createPolicy(deps),
      getPolicyOperation(deps),
      listPolicies(deps),
      deletePolicy(deps),
      createPolicyVersion(deps),
      getPolicyVersion(deps),
      listPolicyVersions(deps),
      setDefaultPolicyVersion(deps),
      deletePolicyVersion(deps),
      listEntitiesForPolicy(deps),
      tagPolicy(deps),
      untagPolicy(deps),
      listPolicyTags(deps),
    ],
  };
}

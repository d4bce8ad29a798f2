/** What the operations of IAM act on: a role or a policy, which IAM names by kind and name when it refuses. */
import type {
  CreatePolicyRequest,
  CreateRoleRequest,
  CreateServiceLinkedRoleRequest,
} from '@aws-sdk/client-iam';
import type { Scope } from '../../domain/arn.ts';
import { policyArn, roleArn } from '../../domain/iam/names.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import { keyedTags, requestTagKeys, resourceTagKeys } from '../../domain/iam/tag-keys.ts';
import { keys } from '../../domain/keys.ts';
import type { ActedOn, ActsOn, ServicePermissions } from '../../wire/authorization.ts';
import type { IamDeps } from './deps.ts';

type NamedRole = {
  readonly RoleName?: string | undefined;
  readonly Tags?: Parameters<typeof keyedTags>[0];
  readonly TagKeys?: readonly string[] | undefined;
};
type RightsOfRole = NamedRole & {
  readonly PolicyArn?: string | undefined;
  /** That it is to have. */
  readonly PermissionsBoundary?: string | undefined;
};
type NamedPolicy = Pick<NamedRole, 'Tags' | 'TagKeys'> & { readonly PolicyArn?: string | undefined };

export function iamPermissions({ store }: Pick<IamDeps, 'store'>): ServicePermissions {
  const roleNamed = async ({ RoleName: name = '' }: NamedRole, { account }: Scope) =>
    (await store.get<RoleRecord>(keys.role(account, name)))?.value;
  const onRole: ActsOn<NamedRole> = async (input, scope) =>
    actedOn(input, scope, await roleNamed(input, scope));
  const onRights: ActsOn<RightsOfRole> = async ({ PolicyArn, PermissionsBoundary, ...input }, scope) => {
    const role = await roleNamed(input, scope);
    const boundary = PermissionsBoundary ?? role?.permissionsBoundary;
    return actedOn(input, scope, role).map((acted) => ({
      ...acted,
      context: {
        ...acted.context,
        ...(PolicyArn !== undefined && { 'iam:PolicyARN': PolicyArn }),
        ...(boundary !== undefined && { 'iam:PermissionsBoundary': boundary }),
      },
    }));
  };
  return {
    prefix: 'iam',
    rules: {
      CreateRole: (
        { Path = '/', RoleName = '', Tags, PermissionsBoundary }: CreateRoleRequest,
        { account },
      ) => [
        {
          arn: roleArn(account, Path, RoleName),
          context: {
            ...tagKeys({ Tags }),
            ...(PermissionsBoundary !== undefined && { 'iam:PermissionsBoundary': PermissionsBoundary }),
          },
        },
      ],
      CreateServiceLinkedRole: ({ AWSServiceName = '' }: CreateServiceLinkedRoleRequest, { account }) => [
        {
          arn: roleArn(account, `/aws-service-role/${AWSServiceName}/`, '*'),
          context: { 'iam:AWSServiceName': AWSServiceName },
        },
      ],
      ListRoles: (_input: object, { account }) => [{ arn: roleArn(account, '/', '') }],
      GetRole: onRole,
      UpdateRole: onRole,
      UpdateRoleDescription: onRole,
      UpdateAssumeRolePolicy: onRole,
      DeleteRole: onRole,
      TagRole: onRole,
      UntagRole: onRole,
      ListRoleTags: onRole,
      ListInstanceProfilesForRole: onRole,
      PutRolePermissionsBoundary: onRights,
      DeleteRolePermissionsBoundary: onRights,
      PutRolePolicy: onRights,
      GetRolePolicy: onRole,
      DeleteRolePolicy: onRights,
      ListRolePolicies: onRole,
      AttachRolePolicy: onRights,
      DetachRolePolicy: onRights,
      ListAttachedRolePolicies: onRole,
      CreatePolicy: ({ Path = '/', PolicyName = '', Tags }: CreatePolicyRequest, { account }) => [
        {
          arn: policyArn(account, Path, PolicyName),
          shownAs: `policy ${PolicyName}`,
          context: tagKeys({ Tags }),
        },
      ],
      ListPolicies: '*',
      GetPolicy: onPolicy,
      DeletePolicy: onPolicy,
      CreatePolicyVersion: onPolicy,
      GetPolicyVersion: onPolicy,
      ListPolicyVersions: onPolicy,
      SetDefaultPolicyVersion: onPolicy,
      DeletePolicyVersion: onPolicy,
      ListEntitiesForPolicy: onPolicy,
      TagPolicy: onPolicy,
      UntagPolicy: onPolicy,
      ListPolicyTags: onPolicy,
    },
  };
}

function actedOn(
  { RoleName: name = '', ...asked }: NamedRole,
  { account }: Scope,
  found: RoleRecord | undefined,
): ActedOn[] {
  const context = { ...resourceTagKeys(found?.tags ?? [], 'iam'), ...tagKeys(asked) };
  return [{ arn: found?.arn ?? roleArn(account, '/', name), shownAs: `role ${name}`, context }];
}

function onPolicy({ PolicyArn: arn = '', ...asked }: NamedPolicy): ActedOn[] {
  return [{ arn, shownAs: `policy ${arn}`, context: tagKeys(asked) }];
}

function tagKeys({ Tags, TagKeys }: Pick<NamedRole, 'Tags' | 'TagKeys'>): NonNullable<ActedOn['context']> {
  return {
    ...requestTagKeys(keyedTags(Tags)),
    ...(TagKeys !== undefined && { 'aws:TagKeys': TagKeys }),
  };
}

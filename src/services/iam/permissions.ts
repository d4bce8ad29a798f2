/** What the operations of IAM act on: a role or a policy, which IAM names by kind and name when it refuses. */
import type {
  AttachRolePolicyRequest,
  CreatePolicyRequest,
  CreateRoleRequest,
  CreateServiceLinkedRoleRequest,
} from '@aws-sdk/client-iam';
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
type NamedPolicy = Pick<NamedRole, 'Tags' | 'TagKeys'> & { readonly PolicyArn?: string | undefined };

export function iamPermissions({ store }: Pick<IamDeps, 'store'>): ServicePermissions {
  const onRole: ActsOn<NamedRole> = async ({ RoleName: name = '', ...asked }, { account }) => {
    const found = (await store.get<RoleRecord>(keys.role(account, name)))?.value;
    const context = { ...resourceTagKeys(found?.tags ?? [], 'iam'), ...tagKeys(asked) };
    return [{ arn: found?.arn ?? roleArn(account, '/', name), shownAs: `role ${name}`, context }];
  };
  const withPolicy: ActsOn<AttachRolePolicyRequest> = async ({ PolicyArn, ...input }, scope) => {
    const [acted] = await onRole(input, scope);
    if (acted === undefined) return [];
    return [{ ...acted, context: { ...acted.context, 'iam:PolicyARN': PolicyArn ?? '' } }];
  };
  return {
    prefix: 'iam',
    rules: {
      CreateRole: ({ Path = '/', RoleName = '', Tags }: CreateRoleRequest, { account }) => [
        { arn: roleArn(account, Path, RoleName), context: tagKeys({ Tags }) },
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
      PutRolePolicy: onRole,
      GetRolePolicy: onRole,
      DeleteRolePolicy: onRole,
      ListRolePolicies: onRole,
      AttachRolePolicy: withPolicy,
      DetachRolePolicy: withPolicy,
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

function onPolicy({ PolicyArn: arn = '', ...asked }: NamedPolicy): ActedOn[] {
  return [{ arn, shownAs: `policy ${arn}`, context: tagKeys(asked) }];
}

function tagKeys({ Tags, TagKeys }: Pick<NamedRole, 'Tags' | 'TagKeys'>): NonNullable<ActedOn['context']> {
  return {
    ...requestTagKeys(keyedTags(Tags)),
    ...(TagKeys !== undefined && { 'aws:TagKeys': TagKeys }),
  };
}

/** What the operations of ECR act on: a repository, with its own policy. */
import type {
  CreateRepositoryRequest,
  DescribeRepositoriesRequest,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecr';
import type { Scope } from '../../domain/arn.ts';
import { repositoryArn } from '../../domain/ecr/names.ts';
import type { RepositoryRecord } from '../../domain/ecr/records.ts';
import { keyedTags, requestTagKeys, resourceTagKeys } from '../../domain/iam/tag-keys.ts';
import { keys } from '../../domain/keys.ts';
import type { ActedOn, ActsOn, ServicePermissions } from '../../wire/authorization.ts';
import type { EcrDeps } from './deps.ts';

type NamedRepository = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
};

export function ecrPermissions({ store }: Pick<EcrDeps, 'store'>): ServicePermissions {
  const onRepository: ActsOn<NamedRepository> = async (input, scope) => [
    await repositoryActedOn(store, input, scope),
  ];
  const onArn = async (arn: string, scope: Scope, context: ActedOn['context'] = {}): Promise<ActedOn[]> => {
    const repositoryName = arn.slice(arn.indexOf('repository/') + 'repository/'.length);
    const acted = await repositoryActedOn(store, { repositoryName }, scope);
    return [{ ...acted, arn, context: { ...acted.context, ...context } }];
  };
  return {
    prefix: 'ecr',
    rules: {
      CreateRepository: ({ repositoryName = '', tags = [] }: CreateRepositoryRequest, scope) => [
        { arn: repositoryArn(scope, repositoryName), context: requestTagKeys(keyedTags(tags)) },
      ],
      DescribeRepositories: ({ registryId, repositoryNames = [] }: DescribeRepositoriesRequest, scope) =>
        Promise.all(
          (repositoryNames.length === 0 ? ['*'] : repositoryNames).map((repositoryName) =>
            repositoryActedOn(store, { registryId, repositoryName }, scope),
          ),
        ),
      DeleteRepository: onRepository,
      PutImageTagMutability: onRepository,
      PutImageScanningConfiguration: onRepository,
      GetAuthorizationToken: '*',
      ListImages: onRepository,
      DescribeImages: onRepository,
      BatchGetImage: onRepository,
      BatchDeleteImage: onRepository,
      PutImage: onRepository,
      BatchCheckLayerAvailability: onRepository,
      GetDownloadUrlForLayer: onRepository,
      PutLifecyclePolicy: onRepository,
      GetLifecyclePolicy: onRepository,
      DeleteLifecyclePolicy: onRepository,
      SetRepositoryPolicy: onRepository,
      GetRepositoryPolicy: onRepository,
      DeleteRepositoryPolicy: onRepository,
      TagResource: ({ resourceArn = '', tags = [] }: TagResourceRequest, scope) =>
        onArn(resourceArn, scope, requestTagKeys(keyedTags(tags))),
      UntagResource: ({ resourceArn = '', tagKeys = [] }: UntagResourceRequest, scope) =>
        onArn(resourceArn, scope, { 'aws:TagKeys': tagKeys }),
      ListTagsForResource: ({ resourceArn = '' }: TagResourceRequest, scope) => onArn(resourceArn, scope),
    },
  };
}

/** A repository with what its policy and its tags say; also one that is not there. */
export async function repositoryActedOn(
  store: EcrDeps['store'],
  { registryId, repositoryName = '' }: NamedRepository,
  scope: Scope,
): Promise<ActedOn> {
  const owner = { ...scope, account: registryId ?? scope.account };
  const found = (await store.get<RepositoryRecord>(keys.repository(owner, repositoryName)))?.value;
  // The policy of a repository names no resource: it is its own.
  return {
    arn: repositoryArn(owner, repositoryName),
    policy: found?.policyText,
    context: resourceTagKeys(found?.tags ?? [], 'ecr'),
  };
}

/** Amazon ECR: a file an operation, or the operations of one small thing. Its registry is in `registry-front`. */
import type { AwsJsonService } from '../../wire/service.ts';
import { getAuthorizationToken } from './authorization/get-authorization-token.ts';
import type { EcrDeps } from './deps.ts';
import { batchDeleteImage } from './images/batch-delete-image.ts';
import { batchGetImage } from './images/batch-get-image.ts';
import { describeImages } from './images/describe-images.ts';
import { batchCheckLayerAvailability, getDownloadUrlForLayer } from './images/layers.ts';
import { listImages } from './images/list-images.ts';
import { putImage } from './images/put-image.ts';
import { ecrPermissions } from './permissions.ts';
import {
  deleteLifecyclePolicy,
  getLifecyclePolicy,
  putLifecyclePolicy,
} from './policies/lifecycle-policy.ts';
import {
  deleteRepositoryPolicy,
  getRepositoryPolicy,
  setRepositoryPolicy,
} from './policies/repository-policy.ts';
import { createRepository } from './repositories/create-repository.ts';
import { deleteRepository } from './repositories/delete-repository.ts';
import { describeRepositories } from './repositories/describe-repositories.ts';
import { putImageScanningConfiguration } from './repositories/put-image-scanning-configuration.ts';
import { putImageTagMutability } from './repositories/put-image-tag-mutability.ts';
import { listTagsForResource } from './tags/list-tags-for-resource.ts';
import { tagResource, untagResource } from './tags/tag-resource.ts';

export function createEcrService(deps: EcrDeps): AwsJsonService {
  return {
    name: 'ecr',
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    permissions: ecrPermissions(deps),
    operations: [
      createRepository(deps),
      describeRepositories(deps),
      deleteRepository(deps),
      putImageTagMutability(deps),
      putImageScanningConfiguration(deps),
      getAuthorizationToken(deps),
      listImages(deps),
      describeImages(deps),
      batchGetImage(deps),
      batchDeleteImage(deps),
      putImage(deps),
      batchCheckLayerAvailability(deps),
      getDownloadUrlForLayer(deps),
      putLifecyclePolicy(deps),
      getLifecyclePolicy(deps),
      deleteLifecyclePolicy(deps),
      setRepositoryPolicy(deps),
      getRepositoryPolicy(deps),
      deleteRepositoryPolicy(deps),
      tagResource(deps),
      untagResource(deps),
      listTagsForResource(deps),
    ],
  };
}

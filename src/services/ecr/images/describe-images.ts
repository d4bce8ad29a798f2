import {
  DescribeImages$,
  type DescribeImagesRequest,
  type DescribeImagesResponse,
  type ImageDetail,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import type { RepositoryRecord } from '../../../domain/ecr/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { pageOfAll } from '../../page.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { ecrPage } from '../ecr-page.ts';
import { imageNotFound, invalidParameter } from '../errors.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { checkImageIds, identifierFailure, identifierText } from './image-identifiers.ts';
import { checkTagStatus, fitsTagStatus } from './tag-status.ts';
import type { TaggedImage } from './tagged-image.ts';

export function describeImages({ store, images }: EcrDeps): OperationDefinition {
  return operation(
    DescribeImages$,
    async (input: DescribeImagesRequest, context): Promise<DescribeImagesResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const tagStatus = checkTagStatus(input.filter?.tagStatus);
      checkImageIds(input.imageIds);
      const scope = registryScope(context, 'DescribeImages', input);
      const { value: repository } = await getRepository(store, scope, name);
      const page = ecrPage(input, ['DescribeImages', repository.repositoryId, tagStatus]);
      const all = await images.list(repository);
      const view = (each: TaggedImage) => imageDetail(each, repository, scope);
      if (input.imageIds !== undefined) {
        const { nextToken, maxResults } = input;
        if (nextToken !== undefined || maxResults !== undefined) {
          throw invalidParameter('maxResults', 'must not be specified together with imageIds');
        }
        return { imageDetails: named(all, input.imageIds, name, scope).map(view) };
      }
      const found = all.filter((each) => fitsTagStatus(each, tagStatus));
      const { items, nextToken } = pageOfAll(found, ({ image }) => image.digest, page);
      return { imageDetails: items.map(view), ...(nextToken !== undefined && { nextToken }) };
    },
  );
}

/** Each image once, in the order asked. Throws ImageNotFoundException for the first that is not there. */
function named(
  all: readonly TaggedImage[],
  ids: readonly ImageIdentifier[],
  name: string,
  scope: Scope,
): TaggedImage[] {
  const found = ids.map((id) => {
    const invalid = identifierFailure(id);
    if (invalid !== undefined) throw invalidParameter('imageIds', invalid.failureReason ?? '');
    const { imageDigest, imageTag } = id;
    const image = all.find(
      (each) =>
        (imageDigest === undefined || each.image.digest === imageDigest) &&
        (imageTag === undefined || each.tags.includes(imageTag)),
    );
    if (image === undefined) throw imageNotFound(identifierText(id), name, scope);
    return image;
  });
  return [...new Set(found)];
}

function imageDetail({ image, tags }: TaggedImage, { name }: RepositoryRecord, scope: Scope): ImageDetail {
  return {
    registryId: scope.account,
    repositoryName: name,
    imageDigest: image.digest,
    ...(tags.length > 0 && { imageTags: [...tags] }),
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: new Date(image.pushedAt),
    imageManifestMediaType: image.mediaType,
    ...(image.artifactMediaType !== undefined && { artifactMediaType: image.artifactMediaType }),
  };
}

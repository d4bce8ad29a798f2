import {
  BatchDeleteImage$,
  type BatchDeleteImageRequest,
  type BatchDeleteImageResponse,
  type ImageFailure,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { checkImageIds, failure, identifierFailure, notFoundFailure } from './image-identifiers.ts';
import type { TaggedImage } from './tagged-image.ts';

export function batchDeleteImage({ store, images }: EcrDeps): OperationDefinition {
  return operation(
    BatchDeleteImage$,
    async (input: BatchDeleteImageRequest, context): Promise<BatchDeleteImageResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      checkImageIds(input.imageIds);
      const scope = registryScope(context, 'BatchDeleteImage', input);
      const { value: repository } = await getRepository(store, scope, name);
      const answer = { imageIds: [] as ImageIdentifier[], failures: [] as ImageFailure[] };
      // Indexes first: what only they refer to may then go in the same call.
      for (const id of indexesFirst(input.imageIds ?? [], await images.list(repository))) {
        const all = await images.list(repository);
        const judged = judge(id, all);
        if ('failure' in judged) answer.failures.push(judged.failure);
        else {
          const { digest } = judged.found.image;
          if (id.imageTag !== undefined) await images.removeTag(scope, repository, id.imageTag);
          else await images.removeImage(scope, repository, digest);
          answer.imageIds.push(...deletedIds(id, judged.found));
        }
      }
      return answer;
    },
  );
}

function judge(
  id: ImageIdentifier,
  all: readonly TaggedImage[],
): { readonly failure: ImageFailure } | { readonly found: TaggedImage } {
  const invalid = identifierFailure(id);
  if (invalid !== undefined) return { failure: invalid };
  const found = all.find((each) => names(id, each));
  if (found === undefined) return { failure: notFoundFailure(id) };
  const { digest } = found.image;
  if (id.imageTag !== undefined && id.imageDigest !== undefined && id.imageDigest !== digest) {
    const reason = 'Requested image tag does not match the requested image digest';
    return { failure: failure(id, 'ImageTagDoesNotMatchDigest', reason) };
  }
  const isTagOnly = id.imageTag !== undefined && found.tags.length > 1;
  const parents = all
    .filter(({ image }) => image.manifests.includes(digest))
    .map(({ image }) => image.digest);
  if (!isTagOnly && parents.length > 0) {
    const reason = `Requested image referenced by manifest list: [${parents.join(', ')}]`;
    return { failure: failure(id, 'ImageReferencedByManifestList', reason) };
  }
  return { found };
}

function names({ imageDigest, imageTag }: ImageIdentifier, { image, tags }: TaggedImage): boolean {
  return imageTag === undefined ? image.digest === imageDigest : tags.includes(imageTag);
}

/** What is gone: by tag, that tag; by digest, all that the image was called. */
function deletedIds({ imageTag }: ImageIdentifier, { image, tags }: TaggedImage): ImageIdentifier[] {
  const imageDigest = image.digest;
  if (imageTag !== undefined) return [{ imageDigest, imageTag }];
  return tags.length === 0 ? [{ imageDigest }] : tags.map((tag) => ({ imageDigest, imageTag: tag }));
}

function indexesFirst(ids: readonly ImageIdentifier[], all: readonly TaggedImage[]): ImageIdentifier[] {
  const isIndex = (id: ImageIdentifier): boolean =>
    all.some((each) => names(id, each) && each.image.manifests.length > 0);
  return [...ids.filter(isIndex), ...ids.filter((id) => !isIndex(id))];
}

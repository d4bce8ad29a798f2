import {
  BatchGetImage$,
  type BatchGetImageRequest,
  type BatchGetImageResponse,
  type Image,
  type ImageFailure,
  type ImageIdentifier,
} from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import type { ImageRecord, RepositoryRecord } from '../../../domain/ecr/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { checkImageIds, identifierFailure, nameOf, notFoundFailure } from './image-identifiers.ts';

export function batchGetImage({ store, images }: EcrDeps): OperationDefinition {
  return operation(
    BatchGetImage$,
    async (input: BatchGetImageRequest, context): Promise<BatchGetImageResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      checkImageIds(input.imageIds);
      const scope = registryScope(context, 'BatchGetImage', input);
      const { value: repository } = await getRepository(store, scope, name);
      const answer = { images: [] as Image[], failures: [] as ImageFailure[] };
      for (const id of input.imageIds ?? []) {
        const invalid = identifierFailure(id);
        const image = invalid === undefined ? await images.find(repository, nameOf(id)) : undefined;
        if (image === undefined) answer.failures.push(invalid ?? notFoundFailure(id));
        else {
          const manifest = await images.manifest(scope, repository, image.digest);
          answer.images.push(imageView({ image, id, manifest }, repository, scope));
        }
      }
      return answer;
    },
  );
}

export function imageView(
  {
    image,
    id,
    manifest,
  }: { readonly image: ImageRecord; readonly id: ImageIdentifier; readonly manifest: Buffer },
  { name }: RepositoryRecord,
  { account }: Scope,
): Image {
  return {
    registryId: account,
    repositoryName: name,
    imageId: {
      imageDigest: image.digest,
      ...(id.imageTag !== undefined && { imageTag: id.imageTag }),
    },
    imageManifest: manifest.toString('utf8'),
    imageManifestMediaType: image.mediaType,
  };
}

import { PutImage$, type PutImageRequest, type PutImageResponse } from '@aws-sdk/client-ecr';
import { IMAGE_TAG } from '../../../domain/ecr/names.ts';
import { ApiError, AppError } from '../../../domain/errors.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkLength, checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { invalidParameter } from '../errors.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { imageView } from './batch-get-image.ts';
import { LARGEST_MANIFEST } from './manifests.ts';

export function putImage({ store, images }: EcrDeps): OperationDefinition {
  return operation(PutImage$, async (input: PutImageRequest, context): Promise<PutImageResponse> => {
    const name = checkRepositoryName(input.repositoryName);
    const { imageManifest = '', imageTag: tag } = input;
    checkLength('imageManifest', imageManifest, 1, LARGEST_MANIFEST);
    if (tag !== undefined && !IMAGE_TAG.test(tag)) {
      throw invalidParameter('imageTag', "must satisfy regular expression '[a-zA-Z0-9-_.]+'");
    }
    const scope = registryScope(context, 'PutImage', input);
    const { value: repository } = await getRepository(store, scope, name);
    const bytes = Buffer.from(imageManifest, 'utf8');
    const result = await images
      .put(scope, name, { bytes, mediaType: input.imageManifestMediaType, tag, digest: input.imageDigest })
      .catch((error: unknown) => {
        throw refusal(error);
      });
    const { image, existed } = result;
    if (existed) {
      const called = tag === undefined ? '' : ` and tag '${tag}'`;
      throw new ApiError(
        'ImageAlreadyExistsException',
        `Image with digest '${image.digest}'${called} already exists in the repository with name '${name}' in registry with id '${scope.account}'`,
      );
    }
    const id = tag === undefined ? {} : { imageTag: tag };
    return { image: imageView({ image, id, manifest: bytes }, repository, scope) };
  });
}

/** What the registry refuses about a manifest is, but for what it refers to, a matter of its form. */
function refusal(error: unknown): unknown {
  if (!(error instanceof AppError) || error.kind !== 'invalid') return error;
  const errors = error.details['errors'] as readonly { readonly code: string }[] | undefined;
  const codes = (errors ?? []).map(({ code }) => code);
  if (codes.includes('DIGEST_INVALID'))
    return new ApiError('ImageDigestDoesNotMatchException', error.message);
  if (codes.includes('MANIFEST_BLOB_UNKNOWN') || codes.includes('MANIFEST_UNKNOWN')) {
    return new ApiError('LayersNotFoundException', 'One or more layers do not exist in the repository');
  }
  return invalidParameter('imageManifest', 'Invalid JSON syntax');
}

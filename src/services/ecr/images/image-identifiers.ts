/** Members by which requests name images, and what is wrong with one. */
import { type ImageFailureCode, type ImageFailure, type ImageIdentifier } from '@aws-sdk/client-ecr';
import { IMAGE_DIGEST, IMAGE_TAG } from '../../../domain/ecr/names.ts';
import { checkLength } from '../constraints.ts';
import type { ImageName } from './image-store.ts';

const MOST_IDS = 100;

export const nameOf = ({ imageDigest, imageTag }: ImageIdentifier): ImageName => ({
  digest: imageDigest,
  tag: imageTag,
});

export function checkImageIds(ids: readonly ImageIdentifier[] | undefined): void {
  checkLength('imageIds', ids, 1, MOST_IDS);
}

/** Why an identifier can name no image; undefined when it can. */
export function identifierFailure(imageId: ImageIdentifier): ImageFailure | undefined {
  const { imageDigest, imageTag } = imageId;
  if (imageDigest === undefined && imageTag === undefined) {
    return failure(
      imageId,
      'MissingDigestAndTag',
      'Invalid request parameters: both tag and digest cannot be null',
    );
  }
  if (imageDigest !== undefined && !IMAGE_DIGEST.test(imageDigest)) {
    return failure(
      imageId,
      'InvalidImageDigest',
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    );
  }
  if (imageTag !== undefined && !IMAGE_TAG.test(imageTag)) {
    return failure(
      imageId,
      'InvalidImageTag',
      "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_+.]+'",
    );
  }
  return undefined;
}

export function notFoundFailure(imageId: ImageIdentifier): ImageFailure {
  return failure(imageId, 'ImageNotFound', 'Requested image not found');
}

export function failure(
  imageId: ImageIdentifier,
  failureCode: ImageFailureCode,
  failureReason: string,
): ImageFailure {
  return { imageId: { ...imageId }, failureCode, failureReason };
}

/** As AWS prints one in the text of an exception. */
export function identifierText({ imageDigest, imageTag }: ImageIdentifier): string {
  return `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;
}

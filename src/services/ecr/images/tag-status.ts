/** The filter of lists of images. */
import { TagStatus } from '@aws-sdk/client-ecr';
import { checkOneOf } from '../constraints.ts';
import type { TaggedImage } from './tagged-image.ts';

export function checkTagStatus(tagStatus: TagStatus = 'ANY'): TagStatus {
  checkOneOf('tagStatus', tagStatus, Object.values(TagStatus));
  return tagStatus;
}

export function fitsTagStatus({ tags }: TaggedImage, tagStatus: TagStatus): boolean {
  return tagStatus === 'ANY' || tags.length > 0 === (tagStatus === 'TAGGED');
}

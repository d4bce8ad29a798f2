/** The operations on tags. */
import { createTagsOperation, deleteTagsOperation, describeTagsOperation } from './file-system-tags.ts';
import {
  listTagsForResourceOperation,
  tagResourceOperation,
  untagResourceOperation,
} from './resource-tags.ts';

export const TAG_OPERATIONS = [
  tagResourceOperation,
  untagResourceOperation,
  listTagsForResourceOperation,
  createTagsOperation,
  deleteTagsOperation,
  describeTagsOperation,
] as const;

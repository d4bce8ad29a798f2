/** The operations on tags. */
import { createTagsOperation, deleteTagsOperation } from './change-tags.ts';
import { describeTagsOperation } from './describe-tags.ts';

export const TAG_OPERATIONS = [createTagsOperation, deleteTagsOperation, describeTagsOperation] as const;

/** Documents and tags as answers show them. */
import type { Tag as WireTag } from '@aws-sdk/client-iam';
import type { Tag } from '../../domain/ecs/task-definition.ts';
import { uriEncode } from '../../wire/sigv4/canonical-request.ts';

/** URL-encoded. */
export function shownDocument(document: string): string {
  return uriEncode(document);
}

export function shownTags(tags: readonly Tag[]): WireTag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value ?? '' }));
}

/** TagResource, UntagResource, ListTagsForResource. */
import {
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
  TagResource$,
  type TagResourceRequest,
  UntagResource$,
  type UntagResourceRequest,
} from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { pageOf } from '../page.ts';
import type { EfsParts } from '../parts.ts';
import { checkedTags, checkTagKeys, tagsView } from '../tags.ts';
import { changeTags, tagsOf, withoutKeys } from './tagged-resource.ts';

export function tagResourceOperation({ records }: EfsParts) {
  return operation(
    TagResource$,
    async (
      { ResourceId: id = '', Tags: tags }: TagResourceRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      const added = checkedTags(tags);
      await changeTags(records, scope, id, (known) => ({ ...known, ...added }));
    },
  );
}

export function untagResourceOperation({ records }: EfsParts) {
  return operation(
    UntagResource$,
    async (
      { ResourceId: id = '', TagKeys: gone = [] }: UntagResourceRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      checkTagKeys(gone);
      await changeTags(records, scope, id, (known) => withoutKeys(known, gone));
    },
  );
}

export function listTagsForResourceOperation({ records }: EfsParts) {
  return operation(
    ListTagsForResource$,
    async (
      input: ListTagsForResourceRequest,
      { scope }: RequestContext,
    ): Promise<ListTagsForResourceResponse> => {
      const tags = tagsView(await tagsOf(records, scope, input.ResourceId ?? ''));
      const { items, next } = pageOf(tags, ({ Key: key = '' }) => key, {
        size: input.MaxResults,
        token: input.NextToken,
        names: { size: 'maxResults', token: 'nextToken' },
        question: ['ListTagsForResource', input.ResourceId],
      });
      return { Tags: [...items], NextToken: next };
    },
  );
}

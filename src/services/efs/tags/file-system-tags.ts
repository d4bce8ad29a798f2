/** CreateTags, DeleteTags, DescribeTags: what there was before access points had tags; of file systems only. */
import {
  CreateTags$,
  type CreateTagsRequest,
  DeleteTags$,
  type DeleteTagsRequest,
  DescribeTags$,
  type DescribeTagsRequest,
  type DescribeTagsResponse,
} from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { pageOf } from '../page.ts';
import type { EfsParts } from '../parts.ts';
import { checkedCount, checkedTags, checkTagKeys, fileSystemTags, tagsView } from '../tags.ts';
import { withoutKeys } from './tagged-resource.ts';

export function createTagsOperation({ records }: EfsParts) {
  return operation(
    CreateTags$,
    async (
      { FileSystemId: id = '', Tags: tags }: CreateTagsRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      const added = checkedTags(tags);
      await records.updateFileSystem(scope, id, (known) => ({
        ...known,
        tags: checkedCount({ ...known.tags, ...added }),
      }));
    },
  );
}

export function deleteTagsOperation({ records }: EfsParts) {
  return operation(
    DeleteTags$,
    async (
      { FileSystemId: id = '', TagKeys: gone = [] }: DeleteTagsRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      checkTagKeys(gone);
      await records.updateFileSystem(scope, id, (known) => ({
        ...known,
        tags: withoutKeys(known.tags, gone),
      }));
    },
  );
}

export function describeTagsOperation({ records }: EfsParts) {
  return operation(
    DescribeTags$,
    async (input: DescribeTagsRequest, { scope }: RequestContext): Promise<DescribeTagsResponse> => {
      const record = (await records.requireFileSystem(scope, input.FileSystemId ?? '')).value;
      const { items, next } = pageOf(tagsView(fileSystemTags(record)), ({ Key: key = '' }) => key, {
        size: input.MaxItems,
        token: input.Marker,
        names: { size: 'maxItems', token: 'marker' },
        question: ['DescribeTags', input.FileSystemId],
      });
      return { Marker: input.Marker, Tags: [...items], NextMarker: next };
    },
  );
}

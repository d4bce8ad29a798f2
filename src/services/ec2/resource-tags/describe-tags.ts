/** DescribeTags: the tags of all resources, one by one. */
import {
  DescribeTags$,
  type DescribeTagsRequest,
  type DescribeTagsResult,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { type FilterFields, filtered } from '../filters.ts';
import { pageOf } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';
import { type TaggedResource, taggedResources } from './tagged-resources.ts';

interface TagOfResource extends TaggedResource {
  readonly key: string;
  readonly value: string;
}

const FILTERS: FilterFields<TagOfResource> = {
  key: ({ key }) => key,
  'resource-id': ({ resourceId }) => resourceId,
  'resource-type': ({ resourceType }) => resourceType,
  value: ({ value }) => value,
};

export function describeTagsOperation({ network }: Ec2Parts) {
  return operation(
    DescribeTags$,
    async (input: DescribeTagsRequest, { scope }: RequestContext): Promise<DescribeTagsResult> => {
      const resources = await taggedResources(network.read(scope));
      const all = resources.flatMap((resource) =>
        Object.entries(resource.tags).map(([key, value]) => ({
          ...resource,
          ...{ key, value, tags: { [key]: value } },
        })),
      );
      const fitting = filtered(all, input.Filters, FILTERS);
      const { items, nextToken } = pageOf(fitting, ({ resourceId, key }) => `${resourceId}/${key}`, input, {
        question: ['DescribeTags', input.Filters ?? []],
      });
      return {
        Tags: items.map(({ resourceId, resourceType, key, value }) => ({
          ResourceId: resourceId,
          ResourceType: resourceType as ResourceType,
          Key: key,
          Value: value,
        })),
        NextToken: nextToken,
      };
    },
  );
}

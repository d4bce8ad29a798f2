/** ListTagsForResource. */
import {
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
} from '@aws-sdk/client-ecs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { readTagged } from './tagged-resource.ts';

export function listTagsForResourceOperation({ store }: EcsDeps) {
  return operation(
    ListTagsForResource$,
    async (
      input: ListTagsForResourceRequest,
      { scope }: RequestContext,
    ): Promise<ListTagsForResourceResponse> => {
      return { tags: (await readTagged(store, scope, input.resourceArn ?? '')).value.tags };
    },
  );
}

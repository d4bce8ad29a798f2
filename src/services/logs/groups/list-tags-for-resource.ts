import {
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { groupNameOf } from '../resources.ts';
import { tagsOf } from './tags.ts';

export function listTagsForResource({ store }: LogsDeps): OperationDefinition {
  return operation(
    ListTagsForResource$,
    async (input: ListTagsForResourceRequest, { scope }): Promise<ListTagsForResourceResponse> => {
      const { resourceArn = '' } = input;
      new Constraints().resourceArn(resourceArn).check();
      return { tags: await tagsOf(store, scope, groupNameOf(scope, resourceArn)) };
    },
  );
}

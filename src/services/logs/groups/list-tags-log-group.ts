import {
  ListTagsLogGroup$,
  type ListTagsLogGroupRequest,
  type ListTagsLogGroupResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { tagsOf } from './tags.ts';

export function listTagsLogGroup({ store }: LogsDeps): OperationDefinition {
  return operation(
    ListTagsLogGroup$,
    async (input: ListTagsLogGroupRequest, { scope }): Promise<ListTagsLogGroupResponse> => {
      const { logGroupName = '' } = input;
      new Constraints().groupName(logGroupName).check();
      return { tags: await tagsOf(store, scope, logGroupName) };
    },
  );
}

import { TagLogGroup$, type TagLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { addTags } from './tags.ts';

export function tagLogGroup({ store }: LogsDeps): OperationDefinition {
  return operation(TagLogGroup$, async (input: TagLogGroupRequest, { scope }): Promise<void> => {
    const { logGroupName = '', tags = {} } = input;
    new Constraints().groupName(logGroupName).tags(tags).check();
    await addTags(store, scope, logGroupName, tags);
  });
}

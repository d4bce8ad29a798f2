import { UntagLogGroup$, type UntagLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { removeTags } from './tags.ts';

export function untagLogGroup({ store }: LogsDeps): OperationDefinition {
  return operation(UntagLogGroup$, async (input: UntagLogGroupRequest, { scope }): Promise<void> => {
    const { logGroupName = '', tags = [] } = input;
    new Constraints()
      .groupName(logGroupName)
      .count('tags', tags, 1, Number.MAX_SAFE_INTEGER)
      .tagKeys('tags', tags)
      .check();
    await removeTags(store, scope, logGroupName, tags);
  });
}

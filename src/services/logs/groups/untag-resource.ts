import { UntagResource$, type UntagResourceRequest } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints, MAX_TAGS } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { groupNameOf } from '../resources.ts';
import { removeTags } from './tags.ts';

export function untagResource({ store }: LogsDeps): OperationDefinition {
  return operation(UntagResource$, async (input: UntagResourceRequest, { scope }): Promise<void> => {
    const { resourceArn = '', tagKeys = [] } = input;
    new Constraints()
      .resourceArn(resourceArn)
      .count('tagKeys', tagKeys, 0, MAX_TAGS)
      .tagKeys('tagKeys', tagKeys)
      .check();
    await removeTags(store, scope, groupNameOf(scope, resourceArn), tagKeys);
  });
}

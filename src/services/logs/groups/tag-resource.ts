import { TagResource$, type TagResourceRequest } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { groupNameOf } from '../resources.ts';
import { addTags } from './tags.ts';

export function tagResource({ store }: LogsDeps): OperationDefinition {
  return operation(TagResource$, async (input: TagResourceRequest, { scope }): Promise<void> => {
    const { resourceArn = '', tags = {} } = input;
    new Constraints().resourceArn(resourceArn).tags(tags).check();
    await addTags(store, scope, groupNameOf(scope, resourceArn), tags);
  });
}

import { CreateLogStream$, type CreateLogStreamRequest } from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { streamIdFrom } from '../../../domain/logs/event-position.ts';
import type { LogStreamRecord } from '../../../domain/logs/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { getGroup, streamArn, untilUncontended } from '../resources.ts';

export function createLogStream({ store, clock, ids }: LogsDeps): OperationDefinition {
  return operation(CreateLogStream$, async (input: CreateLogStreamRequest, { scope }): Promise<void> => {
    const { logGroupName = '', logStreamName = '' } = input;
    new Constraints().groupName(logGroupName).streamName(logStreamName).check();
    const record: LogStreamRecord = {
      logStreamName,
      streamId: streamIdFrom(ids.hex(16)),
      arn: streamArn(scope, logGroupName, logStreamName),
      creationTime: clock.now(),
      lastSequence: 0,
      storedBytes: 0,
    };
    await untilUncontended(async () => {
      const group = await getGroup(store, scope, logGroupName);
      const key = keys.logStream(group.value.groupId, logStreamName);
      const result = await store.transact(
        [
          { key: group.key, revision: group.revision },
          { key, revision: 0 },
        ],
        [{ put: key, value: record }],
      );
      if (result.ok) return true;
      // When the group has changed, the stream's key may be that of a group that is gone.
      if (result.failed.includes(group.key)) return undefined;
      throw new ApiError('ResourceAlreadyExistsException', 'The specified log stream already exists');
    });
  });
}

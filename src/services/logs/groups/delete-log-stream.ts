import { DeleteLogStream$, type DeleteLogStreamRequest } from '@aws-sdk/client-cloudwatch-logs';
import { keys } from '../../../domain/keys.ts';
import type { LogTrashRecord } from '../../../domain/logs/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { getGroup, getStream, untilUncontended } from '../resources.ts';

/** The stream goes at once; its events are swept afterwards. */
export function deleteLogStream({ store }: LogsDeps): OperationDefinition {
  return operation(DeleteLogStream$, async (input: DeleteLogStreamRequest, { scope }): Promise<void> => {
    const { logGroupName = '', logStreamName = '' } = input;
    new Constraints().groupName(logGroupName).streamName(logStreamName).check();
    await untilUncontended(async () => {
      const { groupId } = (await getGroup(store, scope, logGroupName)).value;
      const { key, revision, value } = await getStream(store, { groupId }, logStreamName);
      const trash: LogTrashRecord = { prefix: keys.logEvents(groupId, value.streamId) };
      const result = await store.transact(
        [{ key, revision }],
        [{ delete: key }, { put: keys.logTrash(groupId, value.streamId), value: trash }],
      );
      return result.ok ? true : undefined;
    });
  });
}

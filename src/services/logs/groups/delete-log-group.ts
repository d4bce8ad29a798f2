import { DeleteLogGroup$, type DeleteLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs';
import { keys } from '../../../domain/keys.ts';
import type { LogTrashRecord } from '../../../domain/logs/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { getGroup, untilUncontended } from '../resources.ts';

/** The group and its streams go at once; its events, which may be many, are swept afterwards. */
export function deleteLogGroup({ store }: LogsDeps): OperationDefinition {
  return operation(DeleteLogGroup$, async (input: DeleteLogGroupRequest, { scope }): Promise<void> => {
    const { logGroupName = '' } = input;
    new Constraints().groupName(logGroupName).check();
    await untilUncontended(async () => {
      const { key, revision, value } = await getGroup(store, scope, logGroupName);
      const trash: LogTrashRecord = { prefix: keys.logEvents(value.groupId) };
      const result = await store.transact(
        [{ key, revision }],
        [
          { delete: key },
          { deletePrefix: keys.logStreams(value.groupId) },
          { put: keys.logTrash(value.groupId, '-'), value: trash },
        ],
      );
      return result.ok ? true : undefined;
    });
  });
}

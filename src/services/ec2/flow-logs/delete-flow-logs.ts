/** DeleteFlowLogs: all of those that are named, or none. What they have recorded stays. */
import { DeleteFlowLogs$, type DeleteFlowLogsRequest, type DeleteFlowLogsResult } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function deleteFlowLogsOperation({ network }: Ec2Parts) {
  return operation(
    DeleteFlowLogs$,
    (
      { FlowLogIds: ids = [] }: DeleteFlowLogsRequest,
      { scope }: RequestContext,
    ): Promise<DeleteFlowLogsResult> => {
      if (ids.length === 0) throw missingParameter('FlowLogId');
      return network.change(scope, async (reader) => {
        const found = await reader.requireAll('flow-log', ids);
        return {
          answer: { Unsuccessful: [] },
          writes: found.map(({ flowLogId }) => reader.remove('flow-log', flowLogId)),
        };
      });
    },
  );
}

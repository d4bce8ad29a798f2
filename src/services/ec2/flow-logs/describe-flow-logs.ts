/** DescribeFlowLogs. */
import {
  DescribeFlowLogs$,
  type DescribeFlowLogsRequest,
  type DescribeFlowLogsResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { FLOW_LOG_FILTERS, flowLogView } from './flow-log-view.ts';

export function describeFlowLogsOperation({ network }: Ec2Parts) {
  return operation(
    DescribeFlowLogs$,
    async (input: DescribeFlowLogsRequest, { scope }: RequestContext): Promise<DescribeFlowLogsResult> => {
      const { Filter: Filters, ...page } = input;
      const asked = { ...page, ...(Filters === undefined ? {} : { Filters }) };
      const { records, nextToken } = await describe(network.read(scope), 'flow-log', asked, {
        ids: input.FlowLogIds,
        fields: FLOW_LOG_FILTERS,
        idOf: ({ flowLogId }) => flowLogId,
        min: 1,
      });
      return { FlowLogs: records.map(flowLogView), NextToken: nextToken };
    },
  );
}

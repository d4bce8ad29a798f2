/** The operations on flow logs. */
import { createFlowLogsOperation } from './create-flow-logs.ts';
import { deleteFlowLogsOperation } from './delete-flow-logs.ts';
import { describeFlowLogsOperation } from './describe-flow-logs.ts';

export const FLOW_LOG_OPERATIONS = [
  createFlowLogsOperation,
  describeFlowLogsOperation,
  deleteFlowLogsOperation,
] as const;

import { StopQuery$, type StopQueryRequest, type StopQueryResponse } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { invalidParameter } from '../constraints.ts';
import { type InsightsQueries, isRunning } from './insights-queries.ts';

export function stopQuery(queries: InsightsQueries): OperationDefinition {
  return operation(
    StopQuery$,
    async ({ queryId = '' }: StopQueryRequest, { scope }): Promise<StopQueryResponse> => {
      const state = await queries.find(scope, queryId);
      if (!isRunning(state)) throw invalidParameter('The specified query is not running.');
      await queries.stop(state);
      return { success: true };
    },
  );
}

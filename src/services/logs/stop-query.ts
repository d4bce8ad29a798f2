import { StopQuery$, type StopQueryRequest, type StopQueryResponse } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { invalidParameter } from './constraints.ts';
import type { InsightsQueries } from './insights-queries.ts';

export function stopQuery(queries: InsightsQueries): OperationDefinition {
  return operation(
    StopQuery$,
    async ({ queryId = '' }: StopQueryRequest, { scope }): Promise<StopQueryResponse> => {
      const state = queries.find(scope, queryId);
      if (state.status !== 'Running') throw invalidParameter('The specified query is not running.');
      state.life.abort();
      state.status = 'Cancelled';
      return { success: true };
    },
  );
}

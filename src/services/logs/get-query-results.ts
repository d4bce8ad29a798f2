import {
  GetQueryResults$,
  type GetQueryResultsRequest,
  type GetQueryResultsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import type { InsightsQueries } from './insights-queries.ts';

export function getQueryResults(queries: InsightsQueries): OperationDefinition {
  return operation(
    GetQueryResults$,
    async ({ queryId = '' }: GetQueryResultsRequest, { scope }): Promise<GetQueryResultsResponse> => {
      const { status, results, recordsMatched, recordsScanned, bytesScanned, wanted } = queries.find(
        scope,
        queryId,
      );
      return {
        queryLanguage: 'CWLI',
        results: results.map((row) => [...row]),
        statistics: {
          ...{ recordsMatched, recordsScanned, bytesScanned },
          ...{ estimatedRecordsSkipped: 0, estimatedBytesSkipped: 0, logGroupsScanned: wanted.groups.length },
        },
        status,
      };
    },
  );
}

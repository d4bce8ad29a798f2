import {
  GetQueryResults$,
  type GetQueryResultsRequest,
  type GetQueryResultsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { InsightsQueries } from './insights-queries.ts';

export function getQueryResults(queries: InsightsQueries): OperationDefinition {
  return operation(
    GetQueryResults$,
    async ({ queryId = '' }: GetQueryResultsRequest, { scope }): Promise<GetQueryResultsResponse> => {
      const { record, progress } = await queries.findWithResults(scope, queryId);
      const { results = [], recordsMatched = 0, recordsScanned = 0 } = progress ?? {};
      return {
        queryLanguage: 'CWLI',
        results: results.map((row) => [...row]),
        statistics: {
          ...{ recordsMatched, recordsScanned, bytesScanned: progress?.bytesScanned ?? record.bytesScanned },
          ...{ estimatedRecordsSkipped: 0, estimatedBytesSkipped: 0, logGroupsScanned: record.groups.length },
        },
        status: record.status,
      };
    },
  );
}

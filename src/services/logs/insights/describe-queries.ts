import {
  DescribeQueries$,
  type DescribeQueriesRequest,
  type DescribeQueriesResponse,
  type QueryInfo,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LogQueryRecord } from '../../../domain/logs/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { InsightsQueries } from './insights-queries.ts';
import { decodeToken, encodeToken } from '../page-token.ts';

const MAX_PAGE = 1_000;

export function describeQueries(queries: InsightsQueries): OperationDefinition {
  return operation(
    DescribeQueries$,
    async (input: DescribeQueriesRequest, { scope }): Promise<DescribeQueriesResponse> => {
      const { logGroupName, status, maxResults = MAX_PAGE } = input;
      new Constraints().groupName(logGroupName).range('maxResults', input.maxResults, 1, MAX_PAGE).check();
      const after = decodeToken(input.nextToken);
      const found = (await queries.of(scope))
        .map(({ record }) => record)
        .toReversed()
        .filter((one) => status === undefined || one.status === status)
        .filter((one) => logGroupName === undefined || groupNames(one).includes(logGroupName));
      const start = after === undefined ? 0 : found.findIndex(({ queryId }) => queryId === after) + 1;
      const shown = found.slice(start, start + maxResults);
      const last = shown.at(-1);
      const hasMore = found.length > start + shown.length && last !== undefined;
      return { queries: shown.map(info), ...(hasMore && { nextToken: encodeToken(last.queryId) }) };
    },
  );
}

function groupNames({ groups }: LogQueryRecord): string[] {
  return groups.map(({ logGroupName }) => logGroupName);
}

function info(record: LogQueryRecord): QueryInfo {
  const { queryId, text, status, createTime, durationMs, bytesScanned } = record;
  const [logGroupName] = groupNames(record);
  return {
    queryLanguage: 'CWLI',
    ...{ queryId, queryString: text, status, createTime, bytesScanned },
    ...(logGroupName !== undefined && { logGroupName }),
    ...(durationMs !== undefined && { queryDuration: durationMs }),
  };
}

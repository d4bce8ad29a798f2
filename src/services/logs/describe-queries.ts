import {
  DescribeQueries$,
  type DescribeQueriesRequest,
  type DescribeQueriesResponse,
  type QueryInfo,
} from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { Constraints } from './constraints.ts';
import type { InsightsQueries, QueryState } from './insights-queries.ts';
import { decodeToken, encodeToken } from './page-token.ts';

const MAX_PAGE = 1_000;

export function describeQueries(queries: InsightsQueries): OperationDefinition {
  return operation(
    DescribeQueries$,
    async (input: DescribeQueriesRequest, { scope }): Promise<DescribeQueriesResponse> => {
      const { logGroupName, status, maxResults = MAX_PAGE } = input;
      new Constraints().groupName(logGroupName).range('maxResults', input.maxResults, 1, MAX_PAGE).check();
      const after = decodeToken(input.nextToken);
      const found = queries
        .of(scope)
        .toReversed()
        .filter((one) => status === undefined || one.status === status)
        .filter((one) => logGroupName === undefined || groupNames(one).includes(logGroupName));
      const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
      const shown = found.slice(start, start + maxResults);
      const last = shown.at(-1);
      const hasMore = found.length > start + shown.length && last !== undefined;
      return { queries: shown.map(info), ...(hasMore && { nextToken: encodeToken(last.id) }) };
    },
  );
}

function groupNames({ wanted }: QueryState): string[] {
  return wanted.groups.map(({ logGroupName }) => logGroupName);
}

function info(state: QueryState): QueryInfo {
  const { id, wanted, status, createTime, endTime, bytesScanned } = state;
  const [logGroupName] = groupNames(state);
  return {
    queryLanguage: 'CWLI',
    queryId: id,
    queryString: wanted.text,
    ...{ status, createTime, bytesScanned },
    ...(logGroupName !== undefined && { logGroupName }),
    ...(endTime !== undefined && { queryDuration: endTime - createTime }),
  };
}

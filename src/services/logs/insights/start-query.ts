import {
  StartQuery$,
  type StartQueryRequest,
  type StartQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { MOST_ROWS } from '../../../domain/logs/insights/parse-query.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints, invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import type { InsightsQueries } from './insights-queries.ts';
import { getGroup, groupNameOf } from '../resources.ts';

const MOST_GROUPS = 50;
/** What is more is told in milliseconds: callers do either. */
const LATEST_SECONDS = 1e11;

export function startQuery({ store }: LogsDeps, queries: InsightsQueries): OperationDefinition {
  return operation(StartQuery$, async (input: StartQueryRequest, { scope }): Promise<StartQueryResponse> => {
    check(input);
    const { queryString = '', limit } = input;
    const names = requestedGroups(input).map((identifier) => groupNameOf(scope, identifier));
    const groups = await Promise.all([...new Set(names)].map((name) => getGroup(store, scope, name)));
    const [startTime, endTime] = [milliseconds(input.startTime), milliseconds(input.endTime, 999)];
    if (endTime < startTime) throw invalidParameter('endTime must not be before startTime.');
    const wanted = {
      ...{ text: queryString, startTime, endTime },
      groups: groups.map(({ value: { groupId, logGroupName } }) => ({ groupId, logGroupName })),
      ...(limit !== undefined && { limit }),
    };
    return { queryId: await queries.start(scope, wanted) };
  });
}

function check(input: StartQueryRequest): void {
  const { logGroupName, logGroupNames, logGroupIdentifiers, queryLanguage } = input;
  const constraints = new Constraints()
    .groupName(logGroupName)
    .count('logGroupNames', logGroupNames, 1, MOST_GROUPS)
    .count('logGroupIdentifiers', logGroupIdentifiers, 1, MOST_GROUPS)
    .range('startTime', input.startTime, 0)
    .range('endTime', input.endTime, 0)
    .length('queryString', input.queryString, 0, 10_000)
    .range('limit', input.limit, 1, MOST_ROWS);
  logGroupNames?.forEach((name, index) => constraints.groupName(name, `logGroupNames.${index + 1}.member`));
  constraints.check();
  if (queryLanguage !== undefined && queryLanguage !== 'CWLI') {
    throw invalidParameter('Only the query language CWLI is supported.');
  }
}

function requestedGroups({ logGroupName, logGroupNames, logGroupIdentifiers }: StartQueryRequest): string[] {
  const given = [logGroupName === undefined ? undefined : [logGroupName], logGroupNames, logGroupIdentifiers];
  const [groups, ...others] = given.filter((names) => names !== undefined);
  if (groups === undefined || others.length > 0) {
    throw invalidParameter('Specify exactly one of logGroupName, logGroupNames and logGroupIdentifiers.');
  }
  return groups;
}

/** `within`: how much of the last second belongs to it. */
function milliseconds(time = 0, within = 0): number {
  return time < LATEST_SECONDS ? time * 1_000 + within : time;
}

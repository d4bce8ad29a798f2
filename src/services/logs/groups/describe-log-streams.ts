import {
  DescribeLogStreams$,
  type DescribeLogStreamsRequest,
  type DescribeLogStreamsResponse,
  type LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { keys } from '../../../domain/keys.ts';
import { positionToken } from '../../../domain/logs/event-position.ts';
import type { LogStreamRecord } from '../../../domain/logs/records.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints, invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { decodeToken, encodeToken, invalidToken } from '../page-token.ts';
import { getRequestedGroup } from '../resources.ts';

const MAX_PAGE = 50;

export function describeLogStreams({ store }: LogsDeps): OperationDefinition {
  return operation(
    DescribeLogStreams$,
    async (input: DescribeLogStreamsRequest, { scope }): Promise<DescribeLogStreamsResponse> => {
      check(input);
      const { groupId } = (await getRequestedGroup(store, scope, input)).value;
      const { limit = MAX_PAGE } = input;
      const byTime = input.orderBy === 'LastEventTime';
      const found = byTime
        ? await pageByTime(store, groupId, input, limit + 1)
        : await pageByName(store, groupId, input, limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const more = found.length > limit && last !== undefined;
      return {
        logStreams: shown.map(describe),
        ...(more ? { nextToken: encodeToken(byTime ? timePosition(last) : last.logStreamName) } : {}),
      };
    },
  );
}

function check(input: DescribeLogStreamsRequest): void {
  new Constraints()
    .groupName(input.logGroupName)
    .groupIdentifier(input.logGroupIdentifier)
    .streamName(input.logStreamNamePrefix, 'logStreamNamePrefix')
    .oneOf('orderBy', input.orderBy, ['LogStreamName', 'LastEventTime'])
    .length('nextToken', input.nextToken, 1, 4_096)
    .range('limit', input.limit, 1, MAX_PAGE)
    .check();
  if (input.orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
  }
}

async function pageByName(
  store: Store,
  groupId: string,
  input: DescribeLogStreamsRequest,
  limit: number,
): Promise<LogStreamRecord[]> {
  const token = decodeToken(input.nextToken);
  const entries = await store.range<LogStreamRecord>({
    prefix: keys.logStream(groupId, input.logStreamNamePrefix ?? ''),
    limit,
    reverse: input.descending ?? false,
    ...(token === undefined ? {} : { after: keys.logStream(groupId, token) }),
  });
  return entries.map(({ value }) => value);
}

/** Streams without events come before all others, as if their last event were at time 0. */
async function pageByTime(
  store: Store,
  groupId: string,
  input: DescribeLogStreamsRequest,
  limit: number,
): Promise<LogStreamRecord[]> {
  const token = decodeToken(input.nextToken);
  if (token !== undefined && !/^\d{15}\//.test(token)) throw invalidToken();
  const order = input.descending === true ? -1 : 1;
  const compare = (a: string, b: string): number => order * (a < b ? -1 : a > b ? 1 : 0);
  return (await store.range<LogStreamRecord>({ prefix: keys.logStreams(groupId) }))
    .map(({ value }) => ({ value, position: timePosition(value) }))
    .filter(({ position }) => token === undefined || compare(position, token) > 0)
    .sort((a, b) => compare(a.position, b.position))
    .slice(0, limit)
    .map(({ value }) => value);
}

function timePosition({ lastEventTimestamp = 0, logStreamName }: LogStreamRecord): string {
  return `${String(lastEventTimestamp).padStart(15, '0')}/${logStreamName}`;
}

function describe(record: LogStreamRecord): LogStream {
  return {
    logStreamName: record.logStreamName,
    creationTime: record.creationTime,
    arn: record.arn,
    uploadSequenceToken: positionToken({ timestamp: 0, sequence: record.lastSequence, index: 0 }),
    // AWS has said 0 for every stream since 2019.
    storedBytes: 0,
    ...(record.firstEventTimestamp === undefined ? {} : { firstEventTimestamp: record.firstEventTimestamp }),
    ...(record.lastEventTimestamp === undefined ? {} : { lastEventTimestamp: record.lastEventTimestamp }),
    ...(record.lastIngestionTime === undefined ? {} : { lastIngestionTime: record.lastIngestionTime }),
  };
}

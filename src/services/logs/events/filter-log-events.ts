import {
  FilterLogEvents$,
  type FilterLogEventsRequest,
  type FilterLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { keys } from '../../../domain/keys.ts';
import {
  END_OF_TIME,
  eventId,
  type EventPosition,
  parsePosition,
} from '../../../domain/logs/event-position.ts';
import { compileFilterPattern } from '../../../domain/logs/filter-pattern.ts';
import { eventBytes } from '../../../domain/logs/put-batch.ts';
import type { LogGroupRecord, LogStreamRecord } from '../../../domain/logs/records.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints, invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { EventPage, MAX_PAGE_EVENTS } from './event-page.ts';
import { type MergedEvent, MergedEvents } from './merged-events.ts';
import { decodeToken, encodeToken, invalidToken } from '../page-token.ts';
import { getRequestedGroup, getStream } from '../resources.ts';

/** What one request looks through before it answers with what it has and a token to go on. */
const MAX_SCANNED_BYTES = 8 * 1_048_576;
const OLDEST_BACKWARD_START = Date.UTC(2024, 0, 1);

export function filterLogEvents({ store }: LogsDeps): OperationDefinition {
  return operation(
    FilterLogEvents$,
    async (input: FilterLogEventsRequest, { scope }): Promise<FilterLogEventsResponse> => {
      check(input);
      const matches = compileFilterPattern(input.filterPattern ?? '');
      const token = parseToken(input.nextToken);
      const group = (await getRequestedGroup(store, scope, input)).value;
      const streams = await selectStreams(store, group, input);
      const backward = token?.backward ?? input.startFromHead === false;
      const read = streams.map((stream) => ({ groupId: group.groupId, stream }));
      const source = new MergedEvents(store, read, {
        backward,
        after: token?.position,
        startTime: input.startTime ?? 0,
        endTime: Math.min((input.endTime ?? END_OF_TIME) + 1, END_OF_TIME),
      });
      const { events, next } = await readPage(source, matches, input.limit ?? MAX_PAGE_EVENTS);
      return {
        events: events.map((event) => ({
          logStreamName: event.from.stream.logStreamName,
          timestamp: event.position.timestamp,
          message: event.message,
          ingestionTime: event.ingestionTime,
          eventId: eventId(event.position),
        })),
        // Always empty at AWS since 2020.
        searchedLogStreams: [],
        ...(next === undefined ? {} : { nextToken: encodeToken(`${backward ? 'b' : 'f'}/${eventId(next)}`) }),
      };
    },
  );
}

function check(input: FilterLogEventsRequest): void {
  const constraints = new Constraints()
    .groupName(input.logGroupName)
    .groupIdentifier(input.logGroupIdentifier)
    .count('logStreamNames', input.logStreamNames, 1, 100)
    .streamName(input.logStreamNamePrefix, 'logStreamNamePrefix')
    .range('startTime', input.startTime, 0)
    .range('endTime', input.endTime, 0)
    .length('filterPattern', input.filterPattern, 0, 1_024)
    .length('nextToken', input.nextToken, 1, 4_096)
    .range('limit', input.limit, 1, MAX_PAGE_EVENTS);
  input.logStreamNames?.forEach((name, index) =>
    constraints.streamName(name, `logStreamNames.${index + 1}.member`),
  );
  constraints.check();
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw invalidParameter('logStreamNamePrefix and logStreamNames are mutually exclusive parameters.');
  }
  if (input.startFromHead === false && (input.startTime ?? OLDEST_BACKWARD_START) < OLDEST_BACKWARD_START) {
    throw invalidParameter(
      'startFromHead can be false only when startTime is on or after 2024-01-01T00:00:00Z.',
    );
  }
}

async function selectStreams(
  store: Store,
  group: LogGroupRecord,
  { logStreamNames, logStreamNamePrefix = '' }: FilterLogEventsRequest,
): Promise<LogStreamRecord[]> {
  if (logStreamNames !== undefined) {
    const names = [...new Set(logStreamNames)];
    return Promise.all(names.map(async (name) => (await getStream(store, group, name)).value));
  }
  const prefix = keys.logStream(group.groupId, logStreamNamePrefix);
  return (await store.range<LogStreamRecord>({ prefix })).map(({ value }) => value);
}

/** Events that match, and the position to go on behind when there may be more. */
async function readPage(
  source: MergedEvents,
  matches: (message: string) => boolean,
  limit: number,
): Promise<{ events: MergedEvent[]; next: EventPosition | undefined }> {
  const page = new EventPage<MergedEvent>(limit);
  let scannedBytes = 0;
  let scanned: EventPosition | undefined;
  for (;;) {
    const event = await source.peek();
    if (event === undefined) return { events: page.events, next: undefined };
    const stop = scannedBytes > MAX_SCANNED_BYTES || page.events.length >= limit;
    if (stop || (matches(event.message) && !page.add(event))) return { events: page.events, next: scanned };
    source.skip(event);
    scannedBytes += eventBytes(event.message);
    scanned = event.position;
  }
}

function parseToken(text: string | undefined): { backward: boolean; position: EventPosition } | undefined {
  const decoded = decodeToken(text);
  if (decoded === undefined) return undefined;
  const match = /^([fb])\/(\d+)$/.exec(decoded);
  const position = parsePosition(match?.[2] ?? '');
  if (position === undefined) throw invalidToken();
  return { backward: match?.[1] === 'b', position };
}

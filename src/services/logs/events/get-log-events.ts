import {
  GetLogEvents$,
  type GetLogEventsRequest,
  type GetLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  END_OF_TIME,
  type EventPosition,
  parsePosition,
  positionToken,
} from '../../../domain/logs/event-position.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { EventCursors } from './event-cursors.ts';
import { EventPage, MAX_PAGE_EVENTS } from './event-page.ts';
import { invalidToken } from '../page-token.ts';
import { getRequestedGroup, getStream } from '../resources.ts';
import { type StoredEvent, StreamEvents } from './stream-events.ts';

const CHUNK = 8;

/**
 * Tokens are `f/<digits>/s` and `b/<digits>/s`: events strictly after, or strictly before, a position. At an end of
 * the stream the answer holds the very token that was passed in, and later events turn up behind it.
 */
export function getLogEvents({ store }: LogsDeps): OperationDefinition {
  const cursors = new EventCursors();
  return operation(
    GetLogEvents$,
    async (input: GetLogEventsRequest, { scope }): Promise<GetLogEventsResponse> => {
      check(input);
      const group = (await getRequestedGroup(store, scope, input)).value;
      const stream = (await getStream(store, group, input.logStreamName ?? '')).value;
      const { streamId, lastSequence } = stream;
      const token = parseToken(input.nextToken, streamId);
      const backward = token === undefined ? input.startFromHead !== true : token.backward;
      const startTime = input.startTime ?? 0;
      const endTime = Math.min(input.endTime ?? END_OF_TIME, END_OF_TIME);
      const place = { streamId, lastSequence, window: `${startTime} ${endTime}` };
      const source =
        cursors.take({ ...place, token: token?.text ?? '' }) ??
        new StreamEvents(store, group.groupId, streamId, {
          ...{ backward, startTime, endTime },
          after: token?.position,
          chunk: CHUNK,
        });
      const events = await readPage(source, input.limit ?? MAX_PAGE_EVENTS);
      const last = events.at(-1)?.position;
      if (source.head !== undefined && last !== undefined) {
        cursors.keep({ ...place, token: format(backward ? 'b' : 'f', last) }, source);
      }
      if (backward) events.reverse();
      return {
        events: events.map(({ position, message, ingestionTime }) => ({
          timestamp: position.timestamp,
          message,
          ingestionTime,
        })),
        ...tokens(events, token, startTime),
      };
    },
  );
}

function check(input: GetLogEventsRequest): void {
  new Constraints()
    .groupName(input.logGroupName)
    .groupIdentifier(input.logGroupIdentifier)
    .streamName(input.logStreamName)
    .range('startTime', input.startTime, 0)
    .range('endTime', input.endTime, 0)
    .length('nextToken', input.nextToken, 1, 4_096)
    .range('limit', input.limit, 1, MAX_PAGE_EVENTS)
    .check();
}

async function readPage(source: StreamEvents, limit: number): Promise<StoredEvent[]> {
  const page = new EventPage<StoredEvent>(limit);
  for (;;) {
    if (!source.settled) await source.settle();
    if (source.head === undefined || !page.add(source.head)) return page.events;
    source.advance();
  }
}

interface Token {
  readonly text: string;
  readonly backward: boolean;
  readonly position: EventPosition;
}

function parseToken(text: string | undefined, streamId: string): Token | undefined {
  if (text === undefined) return undefined;
  const match = /^([fb])\/(\d+)(?:\/s)?$/.exec(text);
  const position = parsePosition(match?.[2] ?? '');
  if (position === undefined) throw invalidToken();
  return { text, backward: match?.[1] === 'b', position: { ...position, streamId } };
}

function tokens(
  events: readonly StoredEvent[],
  token: Token | undefined,
  startTime: number,
): { nextForwardToken: string; nextBackwardToken: string } {
  const first = events[0]?.position;
  const last = events.at(-1)?.position;
  if (first !== undefined && last !== undefined) {
    return { nextForwardToken: format('f', last), nextBackwardToken: format('b', first) };
  }
  if (token === undefined) {
    // Nothing is there yet: before every event from the start time on.
    const start = { timestamp: startTime, sequence: 0, index: 0 };
    return { nextForwardToken: format('f', start), nextBackwardToken: format('b', start) };
  }
  const { position } = token;
  // The other way leads over the event at the token, which this empty page does not hold.
  return token.backward
    ? {
        nextForwardToken: format('f', { ...position, index: position.index - 1 }),
        nextBackwardToken: token.text,
      }
    : {
        nextForwardToken: token.text,
        nextBackwardToken: format('b', { ...position, index: position.index + 1 }),
      };
}

function format(direction: 'f' | 'b', position: Omit<EventPosition, 'streamId'>): string {
  // Before an upload's first event stands the place behind the upload before it.
  const place =
    position.index < 0
      ? { ...position, sequence: Math.max(0, position.sequence - 1), index: 99_999 }
      : position;
  return `${direction}/${positionToken(place)}/s`;
}

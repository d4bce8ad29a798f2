import {
  GetLogRecord$,
  type GetLogRecordRequest,
  type GetLogRecordResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { comparePositions, type EventPosition } from '../../../domain/logs/event-position.ts';
import { recordFields } from '../../../domain/logs/insights/row.ts';
import type { LogStreamRecord } from '../../../domain/logs/records.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { queriedEvent } from '../queried-events.ts';
import { parseRecordPointer } from '../record-pointer.ts';
import { getGroup } from '../resources.ts';
import { type StoredEvent, StreamEvents } from '../events/stream-events.ts';

/** All fields of an event that a query has shown. */
export function getLogRecord({ store }: LogsDeps): OperationDefinition {
  return operation(
    GetLogRecord$,
    async ({ logRecordPointer = '' }: GetLogRecordRequest, { scope }): Promise<GetLogRecordResponse> => {
      const place = parseRecordPointer(logRecordPointer);
      if (place === undefined) throw invalidParameter('Invalid logRecordPointer.');
      const { logGroupName, position } = place;
      const { groupId } = (await getGroup(store, scope, logGroupName)).value;
      const streams = await store.range<LogStreamRecord>({ prefix: keys.logStreams(groupId) });
      const stream = streams.find(({ value }) => value.streamId === position.streamId)?.value;
      const event = stream && (await eventAt(store, groupId, position));
      if (stream === undefined || event === undefined) throw notFound();
      const from = { groupId, logGroupName, stream };
      return { logRecord: recordFields(queriedEvent({ ...event, from }, scope.account)) };
    },
  );
}

async function eventAt(
  store: Store,
  groupId: string,
  position: EventPosition,
): Promise<StoredEvent | undefined> {
  const window = { startTime: position.timestamp, endTime: position.timestamp + 1 };
  const events = new StreamEvents(store, groupId, position.streamId, {
    ...window,
    ...{ backward: false, chunk: 1 },
  });
  for (;;) {
    await events.settle();
    const { head } = events;
    if (head === undefined || comparePositions(head.position, position) === 0) return head;
    events.advance();
  }
}

function notFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log record does not exist.');
}

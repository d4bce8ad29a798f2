/** What is written to the store when events come into a stream: their batches, and the stream's record. */
import { keys } from '../../../domain/keys.ts';
import { batchKeyPart, nextSequence } from '../../../domain/logs/event-position.ts';
import { type EventFigures, splitIntoBatches } from '../../../domain/logs/put-batch.ts';
import type { LogStreamRecord } from '../../../domain/logs/records.ts';
import type { Write } from '../../../ports/store.ts';
import type { EventForm } from './event-forms.ts';

export interface StreamPlace {
  readonly groupId: string;
  /** The stream's own key. */
  readonly key: string;
  readonly stream: LogStreamRecord;
}

/** `events` are one at least, in order of time; they come in now. The record must not have changed meanwhile. */
export function eventWrites<E extends EventFigures>(
  { groupId, key, stream }: StreamPlace,
  { events, form }: { readonly events: readonly E[]; readonly form: EventForm<E> },
  ingestionTime: number,
): { readonly sequence: number; readonly writes: readonly Write[] } {
  const sequence = nextSequence(ingestionTime, stream.lastSequence);
  const batches = splitIntoBatches(events).map((batch): Write => {
    const part = batchKeyPart(batch[0]?.timestamp ?? 0, sequence);
    return { put: keys.logEvent(groupId, stream.streamId, part), ...form.batch(batch, ingestionTime) };
  });
  const value = withEvents(stream, events, sequence, ingestionTime);
  return { sequence, writes: [...batches, { put: key, value }] };
}

function withEvents(
  stream: LogStreamRecord,
  events: readonly EventFigures[],
  sequence: number,
  ingestionTime: number,
): LogStreamRecord {
  const first = events[0]?.timestamp ?? ingestionTime;
  const last = events.at(-1)?.timestamp ?? ingestionTime;
  return {
    ...stream,
    firstEventTimestamp: Math.min(stream.firstEventTimestamp ?? first, first),
    lastEventTimestamp: Math.max(stream.lastEventTimestamp ?? last, last),
    lastIngestionTime: ingestionTime,
    lastSequence: sequence,
    previousSequence: stream.lastSequence,
    storedBytes: stream.storedBytes + events.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

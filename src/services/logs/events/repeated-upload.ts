/** How an upload is known that was stored already, by a client that was cut off before it was answered. */
import { keys } from '../../../domain/keys.ts';
import { batchKeyPart, parsePosition } from '../../../domain/logs/event-position.ts';
import { type EventFigures, splitIntoBatches } from '../../../domain/logs/put-batch.ts';
import type { LogEventBatch, LogEventBlock } from '../../../domain/logs/records.ts';
import type { Entry, Store } from '../../../ports/store.ts';
import type { EventForm } from './event-forms.ts';
import type { StreamPlace } from './event-writes.ts';
import { storedBatch } from './stored-batch.ts';

/** Whether these very events, with this token, were the stream's last upload. */
export async function isLastUpload<E extends EventFigures>(
  store: Store,
  { groupId, stream }: StreamPlace,
  sequenceToken: string | undefined,
  { events, form }: { readonly events: readonly E[]; readonly form: EventForm<E> },
): Promise<boolean> {
  const { streamId, lastSequence, previousSequence } = stream;
  const token = parsePosition(sequenceToken ?? '');
  if (token === undefined || token.sequence !== previousSequence) return false;
  const batches = splitIntoBatches(events);
  const stored = await store.getMany<LogEventBatch | LogEventBlock>(
    batches.map(([first]) => {
      return keys.logEvent(groupId, streamId, batchKeyPart(first?.timestamp ?? 0, lastSequence));
    }),
  );
  return batches.every((batch, index) => isSame(batch, form, stored[index]));
}

function isSame<E extends EventFigures>(
  events: readonly E[],
  form: EventForm<E>,
  entry: Entry<LogEventBatch | LogEventBlock> | undefined,
): boolean {
  if (entry === undefined) return false;
  const batch = storedBatch(entry);
  return (
    events.length === batch.timestamps.length &&
    events.every(({ timestamp }, index) => timestamp === batch.timestamps[index]) &&
    events.every((event, index) => form.message(event) === batch.message(index))
  );
}

/** How an upload is known that was stored already, by a client that was cut off before it was answered. */
import { keys } from '../../domain/keys.ts';
import { batchKeyPart, parsePosition } from '../../domain/logs/event-position.ts';
import { type EventFigures, splitIntoBatches } from '../../domain/logs/put-batch.ts';
import type { LogEventBatch } from '../../domain/logs/records.ts';
import type { Store } from '../../ports/store.ts';
import type { EventForm } from './event-forms.ts';
import type { StreamPlace } from './event-writes.ts';

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
  const stored = await store.getMany<LogEventBatch>(
    batches.map(([first]) => {
      return keys.logEvent(groupId, streamId, batchKeyPart(first?.timestamp ?? 0, lastSequence));
    }),
  );
  return batches.every((batch, index) => isSame(batch, form, stored[index]?.value));
}

function isSame<E extends EventFigures>(
  events: readonly E[],
  form: EventForm<E>,
  stored: LogEventBatch | undefined,
): boolean {
  return (
    events.length === stored?.messages.length &&
    events.every(({ timestamp }, index) => timestamp === stored.timestamps[index]) &&
    events.every((event, index) => form.message(event) === stored.messages[index])
  );
}

/** How an upload is known that was stored already, by a client that was cut off before it was answered. */
import { keys } from '../../domain/keys.ts';
import { batchKeyPart, parsePosition } from '../../domain/logs/event-position.ts';
import { type AcceptedEvent, splitIntoBatches } from '../../domain/logs/put-batch.ts';
import type { LogEventBatch } from '../../domain/logs/records.ts';
import type { Store } from '../../ports/store.ts';
import type { StreamPlace } from './event-writes.ts';

/** Whether these very events, with this token, were the stream's last upload. */
export async function isLastUpload(
  store: Store,
  { groupId, stream }: StreamPlace,
  sequenceToken: string | undefined,
  events: readonly AcceptedEvent[],
): Promise<boolean> {
  const { streamId, lastSequence, previousSequence } = stream;
  const token = parsePosition(sequenceToken ?? '');
  if (token === undefined || token.sequence !== previousSequence) return false;
  const batches = splitIntoBatches(events, 0);
  const stored = await store.getMany<LogEventBatch>(
    batches.map(({ timestamps }) => {
      return keys.logEvent(groupId, streamId, batchKeyPart(timestamps[0] as number, lastSequence));
    }),
  );
  return batches.every((batch, index) => isSame(batch, stored[index]?.value));
}

function isSame(a: LogEventBatch, b: LogEventBatch | undefined): boolean {
  return (
    a.messages.length === b?.messages.length &&
    a.messages.every((message, index) => message === b.messages[index]) &&
    a.timestamps.every((timestamp, index) => timestamp === b.timestamps[index])
  );
}

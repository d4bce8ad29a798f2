/** A batch of events as the store has it, in either form. */
import type { LogEventBatch, LogEventBlock } from '../../../domain/logs/records.ts';
import type { Entry } from '../../../ports/store.ts';
import { EventBlock } from '../../../wire/logs/event-block.ts';

export interface StoredBatch {
  readonly ingestionTime: number;
  readonly firstIndex: number;
  /** Of each event. */
  readonly timestamps: readonly number[];
  message(index: number): string;
}

export function storedBatch({ value, tail }: Entry<LogEventBatch | LogEventBlock>): StoredBatch {
  const { ingestionTime, firstIndex } = value;
  if ('messages' in value) {
    const { timestamps, messages } = value;
    return { ingestionTime, firstIndex, timestamps, message: (index) => messages[index] as string };
  }
  const block = EventBlock.parse(tail ?? Buffer.alloc(0));
  if (block === undefined) throw new Error('a batch of log events has no events');
  const timestamps = block.timestamps();
  return { ingestionTime, firstIndex, timestamps, message: (index) => block.message(index) };
}

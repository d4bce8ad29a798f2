/** How events of an upload are held until they are in the store: decoded, as JSON in the upload's body, or in a block. */
import { type AcceptedEvent, batchFigures, type EventFigures } from '../../../domain/logs/put-batch.ts';
import type { LogEventBatch, LogEventBlock } from '../../../domain/logs/records.ts';
import type { EventBlock } from '../../../wire/logs/event-block.ts';
import type { ScannedEvent } from './scanned-events.ts';

export interface EventForm<E extends EventFigures> {
  /** A LogEventBatch or LogEventBlock of some that follow each other, as the store takes it. */
  batch(
    events: readonly E[],
    ingestionTime: number,
  ): { readonly value: unknown } | { readonly json: Uint8Array; readonly tail?: Uint8Array };
  message(event: E): string;
}

export const decodedForm: EventForm<AcceptedEvent> = {
  batch(events, ingestionTime) {
    const messages = events.map(({ message }) => message);
    return { value: { ...batchFigures(events, ingestionTime), messages } satisfies LogEventBatch };
  },
  message: ({ message }) => message,
};

/** Of events that stand in this body. */
export function scannedForm(body: Buffer): EventForm<ScannedEvent> {
  return {
    batch: (events, ingestionTime) => ({ json: batchJson(body, events, ingestionTime) }),
    message: ({ from, until }) => JSON.parse(body.toString('utf8', from, until)) as string,
  };
}

/** Of the events of a block. */
export function blockForm(block: EventBlock): EventForm<EventFigures> {
  return {
    batch(events, ingestionTime) {
      const { timestamps: _, ...figures } = batchFigures(events, ingestionTime);
      const json = Buffer.from(JSON.stringify(figures satisfies LogEventBlock));
      return { json, tail: block.slice(figures.firstIndex, figures.firstIndex + events.length) };
    },
    message: ({ index }) => block.message(index),
  };
}

/** The record's JSON, with the messages as they came. */
function batchJson(body: Buffer, events: readonly ScannedEvent[], ingestionTime: number): Buffer {
  const begin = `${JSON.stringify(batchFigures(events, ingestionTime)).slice(0, -1)},"messages":[`;
  const texts = events.reduce((sum, { from, until }) => sum + until - from + 1, 0);
  const json = Buffer.allocUnsafe(begin.length + texts + 1);
  let at = json.write(begin, 'latin1');
  for (const { from, until } of events) {
    at += body.copy(json, at, from, until);
    json[at++] = 0x2c;
  }
  // In place of the last comma.
  json.write(']}', at - 1, 'latin1');
  return json;
}

/** For log services of tests: the events of blocks, and uploads of them over plain PutLogEvents. */
import assert from 'node:assert/strict';
import type { LogEvent, LogsClient } from '../../../src/agent/logs/logs-client.ts';
import { blockTrailer, EventBlock } from '../../../src/wire/logs/event-block.ts';

type Plain = Pick<LogsClient, 'putLogEvents'>;

export function eventsOf(block: readonly Uint8Array[]): LogEvent[] {
  const events = EventBlock.parse(Buffer.concat(block)) ?? assert.fail('no block');
  return events.timestamps().map((timestamp, index) => ({ timestamp, message: events.message(index) }));
}

/** A block of events, a run of times each. */
export function aBlock(events: readonly LogEvent[]): Buffer {
  const text = Buffer.from(events.map(({ message }) => `${message}\n`).join(''));
  const lengths = events.map(({ message }) => Buffer.byteLength(message));
  const runs = events.map(({ timestamp }) => ({ timestamp, events: 1 }));
  return Buffer.concat([text, blockTrailer(lengths, runs)]);
}

export function blocksAsEvents(client: () => Plain): Pick<LogsClient, 'putBlock'> {
  return {
    async putBlock({ group, stream }, block, _count, signal) {
      await client().putLogEvents(group, stream, eventsOf(block), signal);
      return { token: undefined, rejected: 0 };
    },
  };
}

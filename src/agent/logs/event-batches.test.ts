import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BATCH_LIMITS, EventBatches, FLUSH_INTERVAL_MS } from './event-batches.ts';
import type { OutputEvent } from './event-reader.ts';

const event = (bytes: number, timestamp = 0): OutputEvent => ({
  utf8: 'x'.repeat(bytes),
  bytes,
  end: 0,
  timestamp,
  source: 'stdout',
});

describe('EventBatches', () => {
  it('sends the oldest event after five seconds at the latest', () => {
    const batches = new EventBatches();
    batches.add(event(1), 100);
    batches.add(event(1), 4_000);
    assert.equal(batches.dueAt(4_000), 100 + FLUSH_INTERVAL_MS);
    assert.equal(batches.take(5_099, false), undefined);
    assert.equal(batches.take(5_100, false)?.events.length, 2);
    assert.equal(batches.dueAt(5_100), undefined);
  });

  it('closes a batch at its limit of bytes, overhead counted', () => {
    const batches = new EventBatches();
    const bytes = 1_022;
    for (let index = 0; index < 1_100; index += 1) batches.add(event(bytes), 0);
    const batch = batches.take(0, false);
    assert.ok(batch !== undefined && batch.bytes <= BATCH_LIMITS.bytes);
    assert.equal(batch.events.length, Math.floor(BATCH_LIMITS.bytes / (bytes + 26)));
  });

  it('closes a batch at its limit of events', () => {
    const batches = new EventBatches();
    for (let index = 0; index < 10_001; index += 1) batches.add(event(1), 0);
    assert.equal(batches.take(0, false)?.events.length, 10_000);
    assert.equal(batches.take(0, false), undefined);
    assert.equal(batches.take(0, true)?.events.length, 1);
    assert.equal(batches.pendingBytes, 0);
  });

  it('sorts by time and keeps the order of equal times', () => {
    const batches = new EventBatches();
    for (const [utf8, timestamp] of [
      ['b', 2],
      ['a', 1],
      ['c', 2],
    ] as const) {
      batches.add({ ...event(1, timestamp), utf8 }, 0);
    }
    assert.deepEqual(
      batches.take(0, true)?.events.map(({ utf8 }) => utf8),
      ['a', 'b', 'c'],
    );
  });
});

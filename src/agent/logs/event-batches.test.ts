import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventsOf } from '../../../test/support/logs/block-events.ts';
import { EventBatches, FLUSH_INTERVAL_MS } from './event-batches.ts';
import type { OutputEvent } from './event-reader.ts';
import { MemoryBudget } from './memory-budget.ts';
import { type Batch, BATCH_LIMITS } from './open-batch.ts';

const event = (bytes: number, timestamp = 0): OutputEvent => ({
  message: Buffer.alloc(bytes, 'x'),
  end: 0,
  timestamp,
  source: 'stdout',
});
const messages = (batch: Batch | undefined): string[] =>
  eventsOf(batch?.block ?? assert.fail('no batch')).map(({ message }) => message);

describe('EventBatches', () => {
  it('sends the oldest event after five seconds at the latest', () => {
    const batches = new EventBatches(new MemoryBudget());
    batches.add(event(1), 100);
    batches.add(event(1), 4_000);
    assert.equal(batches.dueAt(4_000), 100 + FLUSH_INTERVAL_MS);
    assert.equal(batches.take(5_099, false), undefined);
    assert.equal(batches.take(5_100, false)?.events, 2);
    assert.equal(batches.dueAt(5_100), undefined);
  });

  it('closes a batch at its limit of bytes, overhead counted', () => {
    const batches = new EventBatches(new MemoryBudget());
    const bytes = 1_022;
    for (let index = 0; index < 1_100; index += 1) batches.add(event(bytes), 0);
    const batch = batches.take(0, false);
    assert.ok(batch !== undefined && batch.bytes <= BATCH_LIMITS.bytes);
    assert.equal(batch.events, Math.floor(BATCH_LIMITS.bytes / (bytes + 26)));
  });

  it('closes a batch at its limit of events', () => {
    const batches = new EventBatches(new MemoryBudget());
    for (let index = 0; index < 10_001; index += 1) batches.add(event(1), 0);
    assert.equal(batches.take(0, false)?.events, 10_000);
    assert.equal(batches.take(0, false), undefined);
    assert.equal(batches.take(0, true)?.events, 1);
    assert.equal(batches.pendingBytes, 0);
  });

  it('takes as many lines at once as a batch has room for, and leaves empty ones out', () => {
    const batches = new EventBatches(new MemoryBudget());
    const lines = { source: 'stdout', offset: 100, timestamp: 7 } as const;
    const first = Buffer.from('\n\none\n\ntwo\nthree\n\n');
    assert.equal(batches.addLines({ ...lines, bytes: first }), first.length);
    const many = Buffer.from('x\n'.repeat(10_000));
    assert.equal(batches.addLines({ ...lines, bytes: many }), 2 * 9_997);
    batches.add(event(1), 7);
    const batch = batches.take(7, false);
    assert.deepEqual(messages(batch).slice(0, 4), ['one', 'two', 'three', 'x']);
    assert.deepEqual(batch?.ends, { stdout: 100 + 2 * 9_997, stderr: 0 });
    assert.equal(batch.events, 10_000);
  });

  it('leaves a line that is too long for an event, and all behind it', () => {
    const batches = new EventBatches(new MemoryBudget());
    const bytes = Buffer.concat([Buffer.from('a\n'), Buffer.alloc(262_119, 'x'), Buffer.from('\nb\n')]);
    assert.equal(batches.addLines({ source: 'stdout', bytes, offset: 0, timestamp: 0 }), 2);
    assert.deepEqual(messages(batches.take(0, true)), ['a']);
  });

  it('sorts by time and keeps the order of equal times', () => {
    const batches = new EventBatches(new MemoryBudget());
    for (const [message, timestamp] of [
      ['bb', 2],
      ['a', 1],
      ['ccc', 2],
      ['d', 1],
    ] as const) {
      batches.add({ ...event(1, timestamp), message: Buffer.from(message) }, 0);
    }
    const batch = batches.take(0, true);
    assert.deepEqual(messages(batch), ['a', 'd', 'bb', 'ccc']);
  });
});

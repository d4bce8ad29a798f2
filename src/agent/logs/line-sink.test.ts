import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { AppError } from '../../domain/errors.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import type { OutputLine } from './line-reader.ts';
import { type DeliveryLimits, LineSink } from './line-sink.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OutputFiles } from './output-files.ts';
import { OutputMeter } from './output-meter.ts';
import type { OutputTarget } from './output-target.ts';
import { WakeUps } from './wake-ups.ts';

/** Takes lines, or not. */
class Target implements OutputTarget {
  readonly batches: string[][] = [];
  tries = 0;
  failure: AppError | undefined;

  get lines(): string[] {
    return this.batches.flat();
  }

  async deliver(lines: readonly OutputLine[]): Promise<void> {
    this.tries += 1;
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(lines.map(({ text }) => text));
  }

  close(): void {}
}

const LIMITS: DeliveryLimits = {
  ...{ lines: 3, bytes: 1_000, flushIntervalMs: 5_000, firstRetryMs: 100, lastRetryMs: 1_000 },
  ...{ backlogBytes: 10_000, backlogLines: undefined },
};
const DOWN = new AppError('unavailable', 'down');

describe('LineSink', () => {
  let directory: string;
  let clock: ManualClock;
  let target: Target;
  let meter: OutputMeter;
  const opened: LineSink[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-lines-'));
    clock = new ManualClock();
    target = new Target();
    meter = new OutputMeter();
  });
  afterEach(async () => {
    for (const sink of opened.splice(0)) await sink.close();
    await rm(directory, { recursive: true, force: true });
  });

  const start = (limits: Partial<DeliveryLimits> = {}, hasEnded = false): LineSink => {
    const files = new OutputFiles(directory, () => undefined);
    files.prepare();
    const parts = {
      files,
      target,
      clock,
      meter,
      logger: silentLogger,
      memory: new MemoryBudget(),
      wakeUps: new WakeUps(clock),
    };
    const sink = new LineSink({
      ...parts,
      owner: 'web',
      limits: { ...LIMITS, ...limits },
      hasEnded: () => hasEnded,
    });
    opened.push(sink);
    sink.start();
    return sink;
  };
  const write = (text: string, source = 'stdout'): Promise<void> => appendFile(join(directory, source), text);
  /** Real moments for the files, virtual ones for the waits. */
  const until = async (condition: () => boolean): Promise<void> => {
    for (let look = 0; look < 2_000; look += 1) {
      if (condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(50);
    }
    throw new Error('never happened');
  };

  it('hands over what is full at once, and the rest when it has waited for more', async () => {
    start();
    await write('1\n2\n3\n4\n');
    const before = clock.now();
    await until(() => target.batches.length === 1);
    assert.ok(clock.now() - before < LIMITS.flushIntervalMs);
    await until(() => target.batches.length === 2);
    assert.ok(clock.now() - before >= LIMITS.flushIntervalMs);
    assert.deepEqual(target.batches, [['1', '2', '3'], ['4']]);
  });

  it('hands over again what was not taken, in order', async () => {
    target.failure = DOWN;
    start();
    await write('1\n2\n3\n4\n');
    await until(() => target.tries >= 3);
    target.failure = undefined;
    await until(() => target.lines.length === 4);
    assert.deepEqual(target.lines, ['1', '2', '3', '4']);
    assert.deepEqual(meter.delivered, { events: 4, bytes: 8 });
  });

  it('goes on where an earlier agent left off', async () => {
    const first = start({ flushIntervalMs: 0 });
    await write('1\n2\n');
    await until(() => target.lines.length === 2);
    target.failure = DOWN;
    await write('3\n');
    await until(() => target.tries > 2);
    await first.close();
    target.failure = undefined;
    await write('4\n');
    start({ flushIntervalMs: 0 });
    await until(() => target.lines.length === 4);
    assert.deepEqual(target.lines, ['1', '2', '3', '4']);
  });

  it('lets go of what the target will never take, and counts it', async () => {
    target.failure = new AppError('invalid', 'no');
    start();
    await write('1\n2\n3\n');
    await until(() => meter.lost.rejected.events === 3);
    target.failure = undefined;
    await write('4\n5\n6\n');
    await until(() => target.lines.length === 3);
    assert.deepEqual(target.lines, ['4', '5', '6']);
  });

  it('hands over all at the end, a line without an end included', async () => {
    const sink = start();
    await write('1\n2\n3\n4\n5');
    await write('bad', 'stderr');
    await sink.drain(new AbortController().signal);
    assert.deepEqual(target.lines.toSorted(), ['1', '2', '3', '4', '5', 'bad']);
  });

  it('waits at the end for a target that may come back', async () => {
    target.failure = DOWN;
    const sink = start();
    await write('last\n');
    const drained = sink.drain(new AbortController().signal);
    await until(() => target.tries > 5);
    target.failure = undefined;
    await until(() => target.lines.length === 1);
    await drained;
  });

  it('gives up at the end when nobody will take it any more, and counts what is lost', async () => {
    target.failure = DOWN;
    const sink = start({}, true);
    await write('1\n2\n');
    await sink.drain(new AbortController().signal);
    assert.equal(target.tries, 1);
    assert.deepEqual(meter.lost.undelivered, { events: 2, bytes: 4 });
  });

  it('lets the newest lines go when too many bytes wait, and counts them', async () => {
    target.failure = DOWN;
    start({ lines: 1, bytes: 1 });
    await write('first\n');
    await until(() => target.tries > 0);
    await write(`${'x'.repeat(99)}\n`.repeat(150));
    await until(() => meter.lost['buffer-full'].events > 0);
    target.failure = undefined;
    await until(() => meter.delivered.bytes + meter.lost['buffer-full'].bytes === 15_006);
    await write('last\n');
    await until(() => target.lines.at(-1) === 'last');
    assert.equal(target.lines[0], 'first');
    assert.equal(meter.delivered.events + meter.lost['buffer-full'].events, 152);
  });

  it('lets the newest lines go when too many wait, and counts them', async () => {
    target.failure = DOWN;
    start({ lines: 1, bytes: 1, backlogLines: 5 });
    await write('first\n');
    await until(() => target.tries > 0);
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
    await write(lines.join(''));
    await until(() => meter.lost['buffer-full'].events === 15);
    target.failure = undefined;
    await until(() => target.lines.length === 6);
    assert.deepEqual(target.lines, ['first', ...[0, 1, 2, 3, 4].map((index) => `line ${index}`)]);
    await write('last\n');
    await until(() => target.lines.at(-1) === 'last');
    assert.equal(meter.lost['buffer-full'].events, 15);
  });
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import type { MetricGroup } from '../../domain/telemetry/metrics.ts';
import { MemoryMeters } from '../../drivers/meters-memory/memory-meters.ts';
import type { Logger } from '../../ports/logger.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { MetricPushes } from './metric-pushes.ts';

const EVERY_MS = 60_000;
const NEXT_TRY = new AppError('unavailable', 'not now');

describe('MetricPushes', () => {
  let clock: ManualClock;
  let meters: MemoryMeters;
  let ending: AbortController;
  /** When, and how many groups. */
  let pushed: [number, number][];
  let answers: (number | AppError)[];
  let groups: MetricGroup[];
  let said: string[];

  beforeEach(() => {
    clock = new ManualClock(0);
    meters = new MemoryMeters('test');
    ending = new AbortController();
    pushed = [];
    answers = [];
    said = [];
    groups = [{ resource: {}, labels: {}, since: 0, families: [] }];
    const tell = (level: string) => (): void => void said.push(level);
    const logger: Logger = {
      ...{ debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') },
      child: () => logger,
    };
    const receiver = {
      push: async (some: readonly MetricGroup[]): Promise<number> => {
        pushed.push([clock.now(), some.length]);
        const answer = answers.shift() ?? 0;
        if (typeof answer !== 'number') throw answer;
        return answer;
      },
    };
    const deps = { receiver, meters, clock, logger, intervalMs: EVERY_MS };
    void new MetricPushes({ ...deps, collect: async () => groups }).run(ending.signal);
  });
  afterEach(() => ending.abort());

  /** Lets time pass until then, waking whoever is due. */
  async function until(ms: number): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const next = clock.untilNext;
      if (next === undefined || clock.now() + next > ms) break;
      clock.advance(next);
    }
    clock.advance(ms - clock.now());
  }
  async function counted(): Promise<Record<string, number>> {
    const families = await meters.collect();
    const points = families
      .filter(({ name }) => name.startsWith('neargate_otlp'))
      .flatMap((family) => family.points);
    return Object.fromEntries(
      points.map((point) => [point.labels['outcome'] ?? 'rejected', 'value' in point ? point.value : 0]),
    );
  }

  it('pushes at the interval, in parts that a receiver can take', async () => {
    groups = Array.from({ length: 1_100 }, () => ({ resource: {}, labels: {}, since: 0, families: [] }));
    await until(130_000);
    assert.deepEqual(pushed, [
      ...[500, 500, 100].map((count) => [60_000, count]),
      ...[500, 500, 100].map((count) => [120_000, count]),
    ]);
    assert.deepEqual(await counted(), { accepted: 6, rejected: 0 });
  });

  it('tries again with growing pauses, or when the receiver says, until the next interval', async () => {
    answers = [
      NEXT_TRY,
      NEXT_TRY,
      new AppError('unavailable', 'busy', { details: { retryAfterMs: 10_000 } }),
      0,
    ];
    await until(100_000);
    assert.deepEqual(
      pushed.map(([at]) => at),
      [60_000, 61_000, 63_000, 73_000],
    );
    answers = Array.from({ length: 20 }, () => NEXT_TRY);
    await until(179_999);
    assert.deepEqual(
      pushed.slice(4).map(([at]) => at),
      [120_000, 121_000, 123_000, 127_000, 135_000, 151_000],
    );
    assert.deepEqual(await counted(), { failed: 9, accepted: 1, rejected: 0 });
    assert.deepEqual(said, ['warn', 'info', 'warn']);
  });

  it('tries nothing again that is refused, and counts what is not taken', async () => {
    answers = [new AppError('invalid', 'no'), 5];
    await until(130_000);
    assert.deepEqual(
      pushed.map(([at]) => at),
      [60_000, 120_000],
    );
    assert.deepEqual(await counted(), { refused: 1, accepted: 1, rejected: 5 });
  });
});

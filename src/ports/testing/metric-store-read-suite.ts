/** The parts of the metric store's suite on what is read, and on what becomes of it with time. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { MetricDatum } from '../../domain/metrics/metric.ts';
import {
  aMetric,
  DAY,
  HOUR,
  type MetricStoreContext,
  MINUTE,
  readAll,
  SCOPE,
  values,
} from './metric-store-context.ts';
import { checkDistribution } from './metric-store-model.ts';

export function metricReads({ store, clock, reopen }: MetricStoreContext): void {
  it('sums up what was put in a minute, and tells each value while they are few', async () => {
    const now = clock().now();
    await store().put(SCOPE, [values(now + 59_999, [4, 1.5]), values(now, [4])]);
    await store().put(SCOPE, [values(now + 30_000, [-2])]);
    const distribution = [
      { value: -2, count: 1 },
      { value: 1.5, count: 1 },
      { value: 4, count: 2 },
    ];
    assert.deepEqual(await readAll(store()), [
      { start: now, unit: 'None', sampleCount: 4, sum: 7.5, minimum: -2, maximum: 4, distribution },
    ]);
  });

  it('counts a value as often as it was seen, and not at all where that is never', async () => {
    const now = clock().now();
    const content = { values: [3, 0, 7].map((count, value) => ({ value, count })) };
    await store().put(SCOPE, [values(now, [], { content }), values(now + MINUTE, [])]);
    const distribution = [
      { value: 0, count: 3 },
      { value: 2, count: 7 },
    ];
    assert.deepEqual(await readAll(store()), [
      { start: now, unit: 'None', sampleCount: 10, sum: 14, minimum: 0, maximum: 2, distribution },
    ]);
  });

  it('tells many values within 1 %, and in bounded room', async () => {
    const now = clock().now();
    const many = Array.from({ length: 5_000 }, (_, i) => Math.sin(i) * 10 ** (i % 7));
    for (let i = 0; i < many.length; i += 500) {
      await store().put(SCOPE, [values(now, many.slice(i, i + 500))]);
    }
    const [bucket] = await readAll(store());
    assert.ok(bucket);
    checkDistribution(
      bucket,
      many.toSorted((a, b) => a - b),
    );
    assert.ok((bucket.distribution?.length ?? 0) <= 2_048);
    assert.equal(bucket.maximum, Math.max(...many));
    assert.equal(bucket.minimum, Math.min(...many));
  });

  it('takes values over all the magnitudes that a number has', async () => {
    const now = clock().now();
    const many = Array.from({ length: 4_000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 1.3 ** (i - 2_000));
    await store().put(SCOPE, [values(now, [...many, 0, 5e-324, 1.7e308])]);
    const [bucket] = await readAll(store());
    assert.equal(bucket?.sampleCount, many.length + 3);
    assert.equal(bucket.maximum, 1.7e308);
    assert.ok((bucket.distribution?.length ?? 0) <= 2_048);
  });

  it('adds statistic sets up, and knows no distribution then', async () => {
    const now = clock().now();
    const set = (sampleCount: number, sum: number, minimum: number, maximum: number): MetricDatum =>
      values(now, [], { content: { set: { sampleCount, sum, minimum, maximum } } });
    await store().put(SCOPE, [set(3, 12, 1, 9), set(2, 3, 0.5, 2.5), values(now, [20])]);
    assert.deepEqual(await readAll(store()), [
      { start: now, unit: 'None', sampleCount: 6, sum: 35, minimum: 0.5, maximum: 20 },
    ]);
  });

  it('knows the distribution of a set in which all values are the same', async () => {
    const now = clock().now();
    const content = { set: { sampleCount: 4, sum: 10, minimum: 2.5, maximum: 2.5 } };
    await store().put(SCOPE, [values(now, [], { content }), values(now, [1])]);
    const [bucket] = await readAll(store());
    assert.deepEqual(bucket?.distribution, [
      { value: 1, count: 1 },
      { value: 2.5, count: 4 },
    ]);
  });

  it('keeps units, dimensions, accounts and regions apart', async () => {
    const now = clock().now();
    const others = [aMetric('Load', 'A=1'), aMetric('Load', 'A=2'), aMetric('Load', 'A=1', 'B=1')];
    const other = { ...SCOPE, region: 'us-east-1' };
    await store().put(SCOPE, [values(now, [1]), values(now, [2], { unit: 'Bytes' })]);
    await store().put(
      SCOPE,
      others.map((metric, i) => values(now, [10 + i], { metric })),
    );
    await store().put(other, [values(now, [20])]);
    assert.deepEqual(
      (await readAll(store())).map(({ unit, sum }) => [unit, sum]),
      [
        ['Bytes', 2],
        ['None', 1],
      ],
    );
    for (const [i, metric] of others.entries()) {
      assert.deepEqual(
        (await readAll(store(), 60, metric)).map(({ sum }) => sum),
        [10 + i],
      );
    }
    const elsewhere = await store().read(other, { metric: aMetric(), start: 0, end: now + 1, period: 60 });
    assert.deepEqual(
      elsewhere.map(({ sum }) => sum),
      [20],
    );
    assert.deepEqual(await readAll(store(), 60, aMetric('Nothing')), []);
  });

  it('reads by period, from the start up to before the end', async () => {
    const now = clock().now();
    await store().put(
      SCOPE,
      Array.from({ length: 20 }, (_, i) => values(now + i * MINUTE, [i])),
    );
    const read = await store().read(SCOPE, {
      metric: aMetric(),
      start: now + 5 * MINUTE,
      end: now + 15 * MINUTE,
      period: 300,
    });
    assert.deepEqual(
      read.map(({ start, sampleCount, sum }) => [(start - now) / MINUTE, sampleCount, sum]),
      [
        [5, 5, 35],
        [10, 5, 60],
      ],
    );
    const days = await readAll(store(), 86_400);
    assert.deepEqual(
      days.map(({ start, sampleCount }) => [start % DAY, sampleCount]),
      [[0, 20]],
    );
  });

  it('has single seconds of metrics of high resolution, and minutes of others', async () => {
    const now = clock().now();
    await store().put(SCOPE, [
      ...[0, 999, 1_000, 12_345].map((at) => values(now + at, [1], { resolution: 1 })),
      values(now + MINUTE + 5_000, [1]),
    ]);
    const counts = async (period: number): Promise<number[][]> =>
      (await readAll(store(), period)).map(({ start, sampleCount }) => [(start - now) / 1_000, sampleCount]);
    assert.deepEqual(await counts(1), [
      [0, 2],
      [1, 1],
      [12, 1],
      [60, 1],
    ]);
    assert.deepEqual(await counts(10), [
      [0, 3],
      [10, 1],
      [60, 1],
    ]);
    assert.deepEqual(await counts(60), [
      [0, 4],
      [60, 1],
    ]);
  });

  it('takes data late and in any order', async () => {
    const now = clock().now();
    const ages = [0, 14 * DAY, 5 * MINUTE, 3 * DAY, 14 * DAY, 10 * HOUR];
    for (const age of ages) await store().put(SCOPE, [values(now - age, [1])]);
    await store().compact(now);
    await store().put(SCOPE, [values(now - 3 * DAY, [1])]);
    assert.deepEqual(
      (await readAll(store())).map(({ start, sampleCount }) => [now - start, sampleCount]),
      [
        [14 * DAY, 2],
        [3 * DAY, 2],
        [10 * HOUR, 1],
        [5 * MINUTE, 1],
        [0, 1],
      ],
    );
  });

  it('refuses what cannot be, with all that came with it', async () => {
    const now = clock().now();
    const set = { sampleCount: 1, sum: 1, minimum: 1, maximum: 1 };
    const bad: MetricDatum[] = [
      ...[Number.NaN, Number.POSITIVE_INFINITY].map((value) => values(now, [value])),
      values(now, [], { content: { values: [{ value: 1, count: -1 }] } }),
      values(now, [], { content: { set: { ...set, sum: Number.NaN } } }),
      values(now, [], { content: { set: { ...set, minimum: 2 } } }),
      values(Number.NaN, [1]),
      values(-1, [1]),
      values(now, [1], { metric: aMetric('a\0b') }),
      values(now, [1], { metric: aMetric('lone \ud800') }),
      values(now, [1], { metric: aMetric('Load', 'B=1', 'A=1') }),
      values(now, [1], { metric: aMetric('Load', 'A=1', 'A=2') }),
    ];
    for (const one of bad) {
      await assert.rejects(store().put(SCOPE, [values(now, [1]), one]), (error) => hasKind(error, 'invalid'));
    }
    assert.deepEqual(await readAll(store()), []);
    assert.deepEqual((await store().list(SCOPE, {}, 10)).metrics, []);
  });

  it('adds what a publisher numbers once, however often it is put', async () => {
    const now = clock().now();
    const put = (publisher: string, number: number, scope = SCOPE): Promise<void> =>
      store().put(scope, [values(now, [number])], { publisher, number });
    await Promise.all([put('a', 1), put('a', 1), put('b', 1), put('a', 3), put('a', 2)]);
    await store().compact(now);
    await reopen();
    await Promise.all([put('a', 3), put('a', 4), put('b', 2), put('b', 2)]);
    await assert.rejects(store().put(SCOPE, [values(now, [Number.NaN])], { publisher: 'a', number: 9 }));
    await put('a', 5);
    const [bucket] = await readAll(store());
    assert.deepEqual([bucket?.sampleCount, bucket?.sum], [6, 16]);
    const other = { ...SCOPE, region: 'us-east-1' };
    await put('a', 1, other);
    assert.equal((await store().list(other, {}, 10)).metrics.length, 1);
  });

  it('has all of many puts at once', async () => {
    const now = clock().now();
    await Promise.all(Array.from({ length: 300 }, (_, i) => store().put(SCOPE, [values(now, [i])])));
    assert.deepEqual(
      (await readAll(store())).map(({ sampleCount, sum }) => [sampleCount, sum]),
      [[300, 44_850]],
    );
  });
}

export function metricRollUps({ store, clock }: MetricStoreContext): void {
  /** Reads after so much time, with the finest period. */
  const after = async (ms: number): Promise<number[][]> => {
    await store().compact(clock().now() + ms);
    return (await readAll(store(), 1)).map(({ start, sampleCount, sum }) => [start % DAY, sampleCount, sum]);
  };

  it('rolls up to a minute after 3 hours, 5 after 15 days, an hour after 63, and forgets after 455', async () => {
    const now = clock().now();
    const data = [0, 1, 61, 359, 4_000].map((second) =>
      values(now + second * 1_000, [second], { resolution: 1 }),
    );
    await store().put(SCOPE, data);
    const seconds = [
      [0, 1, 0],
      [1_000, 1, 1],
      [61_000, 1, 61],
      [359_000, 1, 359],
      [4_000_000, 1, 4_000],
    ];
    const minutes = [
      [0, 2, 1],
      [60_000, 1, 61],
      [300_000, 1, 359],
      [3_960_000, 1, 4_000],
    ];
    const fiveMinutes = [
      [0, 3, 62],
      [300_000, 1, 359],
      [3_900_000, 1, 4_000],
    ];
    assert.deepEqual(await after(3 * HOUR), seconds);
    assert.deepEqual(await after(5 * HOUR), minutes);
    assert.deepEqual(await after(15 * DAY), minutes);
    assert.deepEqual(await after(15 * DAY + 8 * HOUR), fiveMinutes);
    assert.deepEqual(await after(63 * DAY), fiveMinutes);
    assert.deepEqual(await after(66 * DAY), [
      [0, 4, 421],
      [3_600_000, 1, 4_000],
    ]);
    assert.deepEqual(await after(455 * DAY), [
      [0, 4, 421],
      [3_600_000, 1, 4_000],
    ]);
    assert.deepEqual(await after(472 * DAY), []);
  });

  it('keeps how values lie, and all else exact, when it rolls up', async () => {
    const now = clock().now();
    const many = Array.from({ length: 240 }, (_, i) => 50 + 40 * Math.sin(i / 20));
    await store().put(
      SCOPE,
      many.map((value, i) => values(now + i * MINUTE, [value])),
    );
    await store().compact(now + 70 * DAY);
    const read = await readAll(store(), 14_400);
    assert.equal(read.length, 1);
    assert.equal(read[0]?.maximum, Math.max(...many));
    assert.equal(read[0].minimum, Math.min(...many));
    checkDistribution(
      read[0],
      many.toSorted((a, b) => a - b),
    );
  });

  it('adds late data to what has been rolled up', async () => {
    const then = clock().now();
    await store().put(SCOPE, [values(then, [1]), values(then + 7 * MINUTE, [2])]);
    clock().advance(100 * DAY);
    await store().compact(clock().now());
    await store().put(SCOPE, [values(then + 2 * MINUTE, [4]), values(then + HOUR, [8])]);
    const sums = async (): Promise<number[][]> =>
      (await readAll(store(), 3_600)).map(({ sampleCount, sum }) => [sampleCount, sum]);
    assert.deepEqual(await sums(), [
      [3, 7],
      [1, 8],
    ]);
    await store().compact(clock().now());
    assert.deepEqual(await sums(), [
      [3, 7],
      [1, 8],
    ]);
  });

  it('takes nothing that is older than the longest retention', async () => {
    const old = clock().now() - 455 * DAY;
    await store().put(SCOPE, [values(old - 1, [1]), values(old, [2])]);
    assert.deepEqual(
      (await readAll(store())).map(({ sum }) => sum),
      [2],
    );
  });
}

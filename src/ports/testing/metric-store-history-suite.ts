/** The part of the metric store's suite that compares random histories with a model of the contract. */
import { it } from 'node:test';
import fc from 'fast-check';
import type { MetricDatum } from '../../domain/metrics/metric.ts';
import { aMetric, DAY, HOUR, MINUTE, type MetricStoreContext, SCOPE } from './metric-store-context.ts';
import { MetricStoreModel } from './metric-store-model.ts';
import { SEED } from './seed.ts';

const METRICS = [aMetric('Load'), aMetric('Load', 'A=1'), aMetric('Memory')];

/** Before now, at which data may lie; some of it just about the moments at which something happens to them. */
const age = fc
  .tuple(
    fc.constantFrom(0, 3 * HOUR, 14 * DAY, 15 * DAY, 63 * DAY, 64 * DAY, 400 * DAY, 455 * DAY),
    fc.integer({ min: -HOUR, max: 5 * HOUR }),
  )
  .map(([base, more]) => base + more);

const value = fc
  .oneof(fc.integer({ min: -50, max: 50 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }))
  .map((one) => one + 0);

const content: fc.Arbitrary<MetricDatum['content']> = fc
  .oneof(
    {
      weight: 5,
      arbitrary: fc.array(fc.record({ value, count: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 1,
        maxLength: 40,
      }),
    },
    { weight: 5, arbitrary: value.map((one) => [{ value: one, count: 1 }]) },
  )
  .map((values) => ({ values }));

const set: fc.Arbitrary<MetricDatum['content']> = fc
  .tuple(value, fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 2, max: 9 }))
  .map(([minimum, width, sampleCount]) => ({
    set: { sampleCount, minimum, maximum: minimum + width, sum: sampleCount * minimum + width },
  }));

const datum = fc.record({
  metric: fc.constantFrom(...METRICS),
  age,
  unit: fc.constantFrom('None', 'Bytes/Second'),
  resolution: fc.constantFrom(1 as const, 60 as const),
  content: fc.oneof({ weight: 6, arbitrary: content }, { weight: 1, arbitrary: set }),
});

const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ put: fc.array(datum, { maxLength: 8 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ wait: fc.constantFrom(MINUTE, HOUR, 5 * HOUR, 2 * DAY, 20 * DAY, 300 * DAY) }),
  },
  { weight: 2, arbitrary: fc.constant({ compact: true }) },
  { weight: 1, arbitrary: fc.constant({ reopen: true }) },
);

const question = fc.record({
  metric: fc.constantFrom(...METRICS),
  age,
  length: fc.constantFrom(MINUTE, HOUR, 20 * DAY, 600 * DAY),
  period: fc.constantFrom(1, 10, 60, 120, 420, 300, 3_600, 86_400),
});

export function metricHistories({ store, clock, renew, reopen }: MetricStoreContext, numRuns: number): void {
  it('does what a plain list of data does, for random histories', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 14 }), fc.array(question), async (history, questions) => {
        await renew();
        clock().advance(17 * HOUR + 123_456);
        const model = new MetricStoreModel();
        for (const one of history) {
          const now = clock().now();
          if ('put' in one) {
            const data = one.put.map(({ age: before, ...rest }) => ({ ...rest, at: now - before }));
            await store().put(SCOPE, data);
            model.put(data, now);
          } else if ('wait' in one) clock().advance(one.wait);
          else if ('compact' in one) {
            await store().compact(now);
            model.compact(now);
          } else await reopen();
        }
        const now = clock().now();
        for (const { age: before, length, ...rest } of questions) {
          const query = { ...rest, start: now - before, end: now - before + length };
          model.check(await store().read(SCOPE, query), query);
        }
        for (const metric of METRICS) {
          const query = { metric, start: 0, end: 8.64e15, period: 60 };
          model.check(await store().read(SCOPE, query), query);
        }
      }),
      { numRuns, seed: SEED },
    );
  });
}

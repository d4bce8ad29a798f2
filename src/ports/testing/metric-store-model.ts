/** The metric store's contract in its plainest form: all that was put, summed up anew for each question. */
import assert from 'node:assert/strict';
import type { Dimension, MetricBucket, MetricDatum } from '../../domain/metrics/metric.ts';
import type { MetricQuery } from '../metric-store.ts';

interface Kept {
  readonly datum: MetricDatum;
  /** Which of the steps it has come to; past the last, it is forgotten. */
  step: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What CloudWatch documents, and the windows in which it is done here. */
const STEPS = [
  { resolution: 1_000, keep: 3 * HOUR, window: 15 * MINUTE },
  { resolution: MINUTE, keep: 15 * DAY, window: 4 * HOUR },
  { resolution: 5 * MINUTE, keep: 63 * DAY, window: 2 * DAY },
  { resolution: HOUR, keep: 455 * DAY, window: 16 * DAY },
];

export class MetricStoreModel {
  #kept: Kept[] = [];

  put(data: readonly MetricDatum[], now: number): void {
    for (const datum of data) {
      if (datum.at >= now - 455 * DAY) this.#kept.push({ datum, step: datum.resolution === 1 ? 0 : 1 });
    }
  }

  compact(now: number): void {
    for (const kept of this.#kept) {
      for (let step = STEPS[kept.step]; step !== undefined; step = STEPS[kept.step]) {
        if (Math.floor(kept.datum.at / step.window) * step.window + step.window + step.keep > now) break;
        kept.step += 1;
      }
    }
    this.#kept = this.#kept.filter(({ step }) => step < STEPS.length);
  }

  /** Checks what a store answered. */
  check(answer: readonly MetricBucket[], query: MetricQuery): void {
    const groups = new Map<string, MetricDatum[]>();
    for (const { datum, step } of this.#kept) {
      const { resolution } = STEPS[step] ?? { resolution: 0 };
      const length = Math.max(query.period * 1_000, resolution);
      const start = Math.floor((Math.floor(datum.at / resolution) * resolution) / length) * length;
      if (nameOf(datum) !== nameOf(query) || start < query.start || start >= query.end) continue;
      const key = `${String(start).padStart(16, '0')} ${datum.unit}`;
      groups.set(key, [...(groups.get(key) ?? []), datum]);
    }
    assert.deepEqual(
      answer.map(({ start, unit }) => `${String(start).padStart(16, '0')} ${unit}`),
      [...groups.keys()].sort(),
    );
    for (const bucket of answer) {
      checkBucket(bucket, groups.get(`${String(bucket.start).padStart(16, '0')} ${bucket.unit}`) ?? []);
    }
  }
}

/** All values of data, in rising order; undefined where a set hides them. */
export function valuesOf(data: readonly MetricDatum[]): number[] | undefined {
  const all: number[] = [];
  for (const { content } of data) {
    if ('set' in content) return undefined;
    for (const { value, count } of content.values) for (let i = 0; i < count; i++) all.push(value);
  }
  return all.sort((a, b) => a - b);
}

/** Checks that the distribution has as many values as these, and each within 1 %. */
export function checkDistribution(bucket: MetricBucket, values: readonly number[]): void {
  const told = (bucket.distribution ?? []).flatMap(({ value, count }) => Array<number>(count).fill(value));
  assert.equal(told.length, values.length);
  told.forEach((value, index) => {
    const real = values[index] ?? Number.NaN;
    assert.ok(Math.abs(value - real) <= Math.abs(real) * 0.01, `${value} for ${real}`);
  });
}

function checkBucket(bucket: MetricBucket, data: readonly MetricDatum[]): void {
  const sets = data.map(({ content }) => {
    if ('set' in content) return content.set;
    const values = content.values.flatMap(({ value, count }) => Array<number>(count).fill(value));
    return {
      sampleCount: values.length,
      sum: values.reduce((sum, value) => sum + value, 0),
      minimum: Math.min(...values),
      maximum: Math.max(...values),
    };
  });
  const total = (of: (set: (typeof sets)[number]) => number): number =>
    sets.reduce((sum, set) => sum + of(set), 0);
  assert.equal(
    bucket.sampleCount,
    total(({ sampleCount }) => sampleCount),
  );
  assert.equal(bucket.minimum, Math.min(...sets.map(({ minimum }) => minimum)));
  assert.equal(bucket.maximum, Math.max(...sets.map(({ maximum }) => maximum)));
  // In another order, the last bits of a sum are others.
  const size = total(({ sampleCount, minimum, maximum }) => sampleCount * Math.max(-minimum, maximum));
  assert.ok(Math.abs(bucket.sum - total(({ sum }) => sum)) <= size * 1e-12, `a sum of ${bucket.sum}`);
  const values = valuesOf(data);
  if (values === undefined) assert.equal(bucket.distribution, undefined);
  else checkDistribution(bucket, values);
}

const nameOf = (one: MetricDatum | MetricQuery): string =>
  JSON.stringify([one.metric.namespace, one.metric.name, one.metric.dimensions.map(pair)]);

const pair = ({ name, value }: Dimension): [string, string] => [name, value];

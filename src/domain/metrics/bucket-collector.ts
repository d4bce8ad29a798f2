/** Makes the answer to a query of points, which come in any order and at any resolution. */
import { type Aggregate, merge } from './aggregate.ts';
import type { MetricBucket } from './metric.ts';

/** Of a query: epoch milliseconds, and a period in seconds. */
interface AskedTime {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

/** Up to how many different values of a bucket are told as they are. */
export const EXACT_VALUES = 32;

export class BucketCollector {
  readonly #asked: AskedTime;
  /** By unit, then by the bucket's beginning. */
  readonly #units = new Map<string, Map<number, Aggregate[]>>();

  constructor(asked: AskedTime) {
    this.#asked = asked;
  }

  /** `at` is the beginning of the point, which stands for `resolutionMs`. */
  add(at: number, resolutionMs: number, unit: string, aggregate: Aggregate): void {
    const { start, end, period } = this.#asked;
    const length = Math.max(period * 1_000, resolutionMs);
    const bucket = Math.floor(at / length) * length;
    if (bucket < start || bucket >= end) return;
    let buckets = this.#units.get(unit);
    if (buckets === undefined) this.#units.set(unit, (buckets = new Map()));
    const points = buckets.get(bucket);
    if (points === undefined) buckets.set(bucket, [aggregate]);
    else points.push(aggregate);
  }

  /** In order of time, then of unit. */
  buckets(): MetricBucket[] {
    const all: MetricBucket[] = [];
    for (const [unit, buckets] of this.#units) {
      for (const [start, points] of buckets) all.push({ start, unit, ...merge(points, EXACT_VALUES) });
    }
    return all.sort((a, b) => a.start - b.start || (a.unit < b.unit ? -1 : Number(a.unit > b.unit)));
  }
}

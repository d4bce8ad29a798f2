/** Puts the buckets of a store together to the periods that a request asks for. */
import { merge } from './aggregate.ts';
import { EXACT_VALUES } from './bucket-collector.ts';
import type { MetricBucket } from './metric.ts';
import type { Span } from './periods.ts';

/**
 * A bucket for each of the span's periods in which there is something, in order of time. `unitOf` says which unit a
 * bucket counts for: its own, or the same one for all, so that they are put together.
 */
export function inWindows(
  buckets: readonly MetricBucket[],
  { start, end, period }: Span,
  unitOf: (bucket: MetricBucket) => string,
): readonly MetricBucket[] {
  const groups = new Map<string, { at: number; unit: string; buckets: MetricBucket[] }>();
  const width = period * 1000;
  for (const bucket of buckets) {
    if (bucket.start < start || bucket.start >= end) continue;
    const at = start + Math.floor((bucket.start - start) / width) * width;
    const unit = unitOf(bucket);
    const key = `${at} ${unit}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { at, unit, buckets: [bucket] });
    else known.buckets.push(bucket);
  }
  return [...groups.values()]
    .map((group) => ({ start: group.at, unit: group.unit, ...merge(group.buckets, EXACT_VALUES) }))
    .sort((one, other) => one.start - other.start || (one.unit < other.unit ? -1 : 1));
}

/** What can be said of values by how they lie. Distributions are in rising order and have at least one value. */
import type { ValueCount } from './metric.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
  /** Whether a value that is `from` belongs to it; one that is `to` always does. */
  readonly hasFrom: boolean;
}

/**
 * The value below which `percent` of the values lie. Between two neighbours it is interpolated in a straight line: of
 * 1 and 2 the median is 1.5.
 */
export function percentile(distribution: readonly ValueCount[], percent: number): number {
  const total = distribution.reduce((sum, { count }) => sum + count, 0);
  const rank = Math.max(0, (percent / 100) * (total - 1));
  const lower = valueAt(distribution, Math.floor(rank));
  const upper = valueAt(distribution, Math.ceil(rank));
  return lower + (upper - lower) * (rank - Math.floor(rank));
}

/** The value at a rank, counted from 0. */
function valueAt(distribution: readonly ValueCount[], rank: number): number {
  let seen = 0;
  for (const { value, count } of distribution) {
    seen += count;
    if (seen > rank) return value;
  }
  return distribution.at(-1)?.value ?? 0;
}

/** Of a range: by the values' ranks in percent, or by the values themselves. */
export interface Bound {
  readonly kind: 'percent' | 'value';
  readonly at: number;
}

/** Bounds in percent are those of percentiles and belong to the range; of values only the upper one does. */
export function rangeOf(distribution: readonly ValueCount[], lower?: Bound, upper?: Bound): Range {
  const valueOf = (bound: Bound): number =>
    bound.kind === 'percent' ? percentile(distribution, bound.at) : bound.at;
  return {
    from: lower === undefined ? Number.NEGATIVE_INFINITY : valueOf(lower),
    to: upper === undefined ? Number.POSITIVE_INFINITY : valueOf(upper),
    hasFrom: lower?.kind !== 'value',
  };
}

const within = ({ from, to, hasFrom }: Range, value: number): boolean =>
  (hasFrom ? value >= from : value > from) && value <= to;

export function countWithin(distribution: readonly ValueCount[], range: Range): number {
  return distribution.reduce((sum, { value, count }) => (within(range, value) ? sum + count : sum), 0);
}

export function sumWithin(distribution: readonly ValueCount[], range: Range): number {
  return distribution.reduce(
    (sum, { value, count }) => (within(range, value) ? sum + value * count : sum),
    0,
  );
}

/** Undefined when no value lies in the range. */
export function meanWithin(distribution: readonly ValueCount[], range: Range): number | undefined {
  const count = countWithin(distribution, range);
  return count === 0 ? undefined : sumWithin(distribution, range) / count;
}

/** The mean, values outside the range taken for the bound that is next to them. */
export function winsorizedMean(distribution: readonly ValueCount[], { from, to }: Range): number {
  let count = 0;
  let sum = 0;
  for (const each of distribution) {
    count += each.count;
    sum += Math.min(Math.max(each.value, from), to) * each.count;
  }
  return sum / count;
}

/** What can be said of values by how they lie. Distributions are in rising order and have at least one value. */
import type { ValueCount } from './metric.ts';

/** Of a part of the values: by their ranks in percent, or by the values themselves. */
export interface Bound {
  readonly kind: 'percent' | 'value';
  readonly at: number;
}

/** What keeps a rank whole that only reckoning has made a little more. */
const TINY = 1e-9;

/**
 * The value below which `percent` of the values lie. Between two neighbours it is interpolated in a straight line: of
 * 1 and 2 the median is 1.5.
 */
export function percentile(distribution: readonly ValueCount[], percent: number): number {
  const rank = Math.max(0, (percent / 100) * (countOf(distribution) - 1));
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

/**
 * The values between two bounds. In percent, whole values at the ends are taken away, of ten values one with each bound
 * that is 10 % from its end. Of bounds that are values themselves the upper one belongs to the part.
 */
export function partOf(
  distribution: readonly ValueCount[],
  lower: Bound | undefined,
  upper: Bound | undefined,
): readonly ValueCount[] {
  if (lower?.kind === 'value' || upper?.kind === 'value') {
    const [above, upTo] = [lower?.at ?? Number.NEGATIVE_INFINITY, upper?.at ?? Number.POSITIVE_INFINITY];
    return distribution.filter(({ value }) => value > above && value <= upTo);
  }
  const total = countOf(distribution);
  const from = Math.floor(((lower?.at ?? 0) / 100) * total + TINY);
  const to = Math.ceil(((upper?.at ?? 100) / 100) * total - TINY);
  let seen = 0;
  return distribution.flatMap(({ value, count }) => {
    const kept = Math.min(seen + count, to) - Math.max(seen, from);
    seen += count;
    return kept > 0 ? [{ value, count: kept }] : [];
  });
}

export function countOf(part: readonly ValueCount[]): number {
  return part.reduce((sum, { count }) => sum + count, 0);
}

export function sumOf(part: readonly ValueCount[]): number {
  return part.reduce((sum, { value, count }) => sum + value * count, 0);
}

/** Undefined when there is no value. */
export function meanOf(part: readonly ValueCount[]): number | undefined {
  return part.length === 0 ? undefined : sumOf(part) / countOf(part);
}

/** The mean, values outside of the part taken for that of its values which is next to them. Undefined for no part. */
export function winsorizedMean(
  distribution: readonly ValueCount[],
  part: readonly ValueCount[],
): number | undefined {
  const [first] = part;
  const last = part.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return meanOf(
    distribution.map(({ value, count }) => ({
      value: Math.min(Math.max(value, first.value), last.value),
      count,
    })),
  );
}

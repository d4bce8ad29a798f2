/** What is known of all that was put into a metric in one stretch of time, in one unit, and how two of them add up. */
import { AppError } from '../errors.ts';
import { coarsen } from './distribution.ts';
import type { MetricDatum, StatisticSet, ValueCount } from './metric.ts';

export interface Aggregate extends StatisticSet {
  /** As `MetricBucket` has it. */
  readonly distribution?: readonly ValueCount[];
}

/** The last moment that a Date can hold. */
const LAST_MOMENT = 8.64e15;

/** Undefined for a datum that says nothing (no value, or none of them seen). Throws `invalid` for numbers that cannot be. */
export function aggregateOf({ at, content }: Pick<MetricDatum, 'at' | 'content'>): Aggregate | undefined {
  if (!(at >= 0 && at <= LAST_MOMENT)) throw invalid('a moment must be milliseconds since the epoch');
  return 'set' in content ? ofSet(content.set) : ofValues(content.values);
}

/** All of them together; at least one. `exactValues`: up to how many different values are kept as they are. */
export function merge(aggregates: readonly Aggregate[], exactValues: number): Aggregate {
  const set = {
    sampleCount: 0,
    sum: 0,
    minimum: Number.POSITIVE_INFINITY,
    maximum: Number.NEGATIVE_INFINITY,
  };
  const values: ValueCount[] = [];
  let isKnown = true;
  for (const { sampleCount, sum, minimum, maximum, distribution } of aggregates) {
    set.sampleCount += sampleCount;
    set.sum += sum;
    set.minimum = Math.min(set.minimum, minimum);
    set.maximum = Math.max(set.maximum, maximum);
    if (distribution === undefined) isKnown = false;
    else for (const one of distribution) values.push(one);
  }
  if (!isKnown) return set;
  const plain = ofDistribution(coarsen(sorted(values), exactValues));
  const { minimum, maximum } = set;
  return { ...plain, minimum, maximum, sum: isNear(plain.sum, set) ? plain.sum : set.sum };
}

/** What follows from values in rising order, each of which stands once; at least one. */
export function ofDistribution(distribution: readonly ValueCount[]): Aggregate {
  let sampleCount = 0;
  let sum = 0;
  for (const { value, count } of distribution) {
    sampleCount += count;
    sum += value * count;
  }
  const minimum = distribution[0]?.value ?? 0;
  return { sampleCount, sum, minimum, maximum: distribution.at(-1)?.value ?? minimum, distribution };
}

/** True for the same sum, but for the order in which it was taken. */
function isNear(sum: number, set: StatisticSet): boolean {
  const size = Math.max(Math.abs(set.minimum), Math.abs(set.maximum)) * set.sampleCount;
  return Math.abs(sum - set.sum) <= size * 1e-14;
}

function ofSet({ sampleCount, sum, minimum, maximum }: StatisticSet): Aggregate | undefined {
  for (const one of [sampleCount, sum, minimum, maximum]) checkNumber(one);
  if (sampleCount < 0 || minimum > maximum) throw invalid('a statistic set contradicts itself');
  if (sampleCount === 0) return undefined;
  const set = { sampleCount, sum: sum + 0, minimum: minimum + 0, maximum: maximum + 0 };
  return minimum === maximum ? { ...set, distribution: [{ value: set.minimum, count: sampleCount }] } : set;
}

function ofValues(values: readonly ValueCount[]): Aggregate | undefined {
  for (const { value, count } of values) {
    checkNumber(value);
    checkNumber(count);
    if (count < 0) throw invalid('a value cannot be seen less than never');
  }
  // There is one zero.
  const seen = values
    .filter(({ count }) => count > 0)
    .map(({ value, count }) => ({ value: value + 0, count }));
  const distribution = sorted(seen);
  return distribution.length === 0 ? undefined : ofDistribution(distribution);
}

/** In rising order, each value once. */
function sorted(values: readonly ValueCount[]): ValueCount[] {
  const result: ValueCount[] = [];
  for (const { value, count } of values.toSorted((a, b) => a.value - b.value)) {
    const last = result.at(-1);
    if (last?.value === value) result[result.length - 1] = { value, count: last.count + count };
    else result.push({ value, count });
  }
  return result;
}

function checkNumber(value: number): void {
  if (!Number.isFinite(value)) throw invalid('a value must be a finite number');
}

const invalid = (message: string): AppError => new AppError('invalid', message);

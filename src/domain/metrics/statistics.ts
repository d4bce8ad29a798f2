/**
 * The statistics of CloudWatch by the names that requests have for them: `Average`, `p99.9`, `tm95`, `TM(10%:90%)`,
 * `PR(:300)`, `IQM` …
 */
import type { MetricBucket, ValueCount } from './metric.ts';
import { type Bound, countOf, meanOf, partOf, percentile, sumOf, winsorizedMean } from './percentiles.ts';

export type SimpleStatistic = 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'SampleCount';

const RANGED = ['TM', 'WM', 'TC', 'TS', 'PR'] as const;
type Ranged = (typeof RANGED)[number];

export type Statistic =
  | { readonly kind: 'simple'; readonly name: SimpleStatistic }
  | { readonly kind: 'percentile'; readonly percent: number }
  | { readonly kind: Ranged; readonly lower: Bound | undefined; readonly upper: Bound | undefined };

export const SIMPLE_STATISTICS: readonly SimpleStatistic[] = [
  'SampleCount',
  'Average',
  'Sum',
  'Minimum',
  'Maximum',
];

const SHORT = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/;
const LONG = /^(TM|WM|TC|TS|PR)\(([^:()]*):([^:()]*)\)$/;
const BOUND = /^(-?\d{1,300}(?:\.\d{1,20})?)(%?)$/;

/** Undefined for what is none. */
export function parseStatistic(text: string): Statistic | undefined {
  const simple = SIMPLE_STATISTICS.find((name) => name === text);
  if (simple !== undefined) return { kind: 'simple', name: simple };
  if (text === 'IQM') return { kind: 'TM', lower: percent(25), upper: percent(75) };
  return parseShort(text) ?? parseLong(text);
}

function parseShort(text: string): Statistic | undefined {
  const [, name, number] = SHORT.exec(text) ?? [];
  const at = Number(number);
  if (name === undefined || at > 100) return undefined;
  if (name === 'p') return { kind: 'percentile', percent: at };
  const kind = RANGED.find((each) => each.toLowerCase() === name);
  return kind && { kind, lower: undefined, upper: percent(at) };
}

function parseLong(text: string): Statistic | undefined {
  const [, name, low = '', high = ''] = LONG.exec(text) ?? [];
  const kind = RANGED.find((each) => each === name);
  const lower = parseBound(low);
  const upper = parseBound(high);
  if (kind === undefined || lower === null || upper === null) return undefined;
  if (lower === undefined && upper === undefined) return undefined;
  if (lower !== undefined && upper !== undefined && (lower.kind !== upper.kind || lower.at >= upper.at)) {
    return undefined;
  }
  // A percentile rank is asked for by values; percentages would be their own answer.
  if (kind === 'PR' && [lower, upper].some((bound) => bound?.kind === 'percent')) return undefined;
  return { kind, lower, upper };
}

/** Undefined for an open end, null for what is no bound. */
function parseBound(text: string): Bound | undefined | null {
  if (text === '') return undefined;
  const [, number, sign] = BOUND.exec(text) ?? [];
  if (number === undefined) return null;
  const at = Number(number);
  if (sign === '') return { kind: 'value', at };
  return at >= 0 && at <= 100 ? percent(at) : null;
}

function percent(at: number): Bound {
  return { kind: 'percent', at };
}

/**
 * Undefined where a bucket has no such statistic: all but the simple ones are known only where every value was put by
 * itself, and none of them is negative.
 */
export function statisticOf(statistic: Statistic, bucket: MetricBucket): number | undefined {
  if (statistic.kind === 'simple') return simpleStatistic(statistic.name, bucket);
  const { distribution } = bucket;
  if (distribution === undefined || distribution.length === 0 || bucket.minimum < 0) return undefined;
  if (statistic.kind === 'percentile') return percentile(distribution, statistic.percent);
  return rangedStatistic(statistic.kind, distribution, statistic);
}

function simpleStatistic(name: SimpleStatistic, bucket: MetricBucket): number | undefined {
  switch (name) {
    case 'Average':
      return bucket.sampleCount === 0 ? undefined : bucket.sum / bucket.sampleCount;
    case 'Sum':
      return bucket.sum;
    case 'Minimum':
      return bucket.minimum;
    case 'Maximum':
      return bucket.maximum;
    case 'SampleCount':
      return bucket.sampleCount;
  }
}

function rangedStatistic(
  kind: Ranged,
  distribution: readonly ValueCount[],
  bounds: { readonly lower: Bound | undefined; readonly upper: Bound | undefined },
): number | undefined {
  const part = partOf(distribution, bounds.lower, bounds.upper);
  switch (kind) {
    case 'TM':
      return meanOf(part);
    case 'WM':
      return winsorizedMean(distribution, part);
    case 'TC':
      return countOf(part);
    case 'TS':
      return sumOf(part);
    case 'PR':
      return (100 * countOf(part)) / countOf(distribution);
  }
}

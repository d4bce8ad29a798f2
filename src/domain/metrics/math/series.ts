/** What metric math reckons with: numbers, time series, lists of those. */
import { ExpressionError } from './expression-error.ts';
import type { Operator } from './syntax.ts';

export interface TimeSeries {
  readonly label: string;
  /** Seconds. */
  readonly period: number;
  /** Values by epoch milliseconds, in order of time; finite numbers only. */
  readonly points: ReadonlyMap<number, number>;
}

export type Value = number | TimeSeries | readonly TimeSeries[];

export const isList = (value: Value): value is readonly TimeSeries[] => Array.isArray(value);
export const isSeries = (value: Value): value is TimeSeries => typeof value === 'object' && !isList(value);

/** The series with other values; those that are no finite numbers are left out, as where something is divided by 0. */
export function mapped(series: TimeSeries, change: (value: number, at: number) => number): TimeSeries {
  return withPoints(
    series,
    [...series.points].map(([at, value]) => [at, change(value, at)]),
  );
}

/** The series with other points, which are in order of time. */
export function withPoints(
  series: Omit<TimeSeries, 'points'>,
  points: Iterable<readonly [number, number]>,
): TimeSeries {
  const kept = new Map<number, number>();
  for (const [at, value] of points) if (Number.isFinite(value)) kept.set(at, value);
  return { label: series.label, period: series.period, points: kept };
}

/** Applies to a number, a series' values, or those of all series. */
export function eachNumber(value: Value, change: (value: number) => number): Value {
  if (typeof value === 'number') return change(value);
  return isList(value) ? value.map((series) => mapped(series, change)) : mapped(value, change);
}

/** Applies to a series, or to each of a list. */
export function eachSeries(name: string, value: Value, change: (series: TimeSeries) => TimeSeries): Value {
  if (typeof value === 'number') throw new ExpressionError(`${name} needs a time series`);
  return isList(value) ? value.map(change) : change(value);
}

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '^': (left, right) => left ** right,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

/** Of two series, the points that both have. Throws ExpressionError for two lists. */
export function operate(operator: Operator, left: Value, right: Value): Value {
  const apply = OPERATIONS[operator];
  if (isList(left)) {
    if (isList(right))
      throw new ExpressionError(`Operator ${operator} cannot join two arrays of time series`);
    return left.map((series) => joinWith(series, right, apply));
  }
  if (isList(right)) return right.map((series) => named(joinWith(left, series, apply), series));
  if (typeof left === 'number' && typeof right === 'number') return apply(left, right);
  return joinWith(left, right, apply);
}

const named = (series: TimeSeries, { label }: TimeSeries): TimeSeries => ({ ...series, label });

function joinWith(
  left: number | TimeSeries,
  right: number | TimeSeries,
  apply: (left: number, right: number) => number,
): TimeSeries {
  if (typeof left === 'number') {
    if (typeof right === 'number') throw new ExpressionError('A time series is needed');
    return mapped(right, (value) => apply(left, value));
  }
  if (typeof right === 'number') return mapped(left, (value) => apply(value, right));
  return mapped(left, (value, at) => apply(value, right.points.get(at) ?? Number.NaN));
}

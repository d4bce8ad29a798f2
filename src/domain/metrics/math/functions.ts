/** The functions of metric math whose arguments are worked out before. */
import { ExpressionError } from './expression-error.ts';
import {
  eachNumber,
  eachSeries,
  isList,
  isSeries,
  mapped,
  type TimeSeries,
  type Value,
  withPoints,
} from './series.ts';

export interface MathFunction {
  readonly least: number;
  readonly most: number;
  apply(args: readonly Value[]): Value;
}

type OfValues = (values: readonly number[]) => number;

const sum: OfValues = (values) => values.reduce((total, value) => total + value, 0);
const average: OfValues = (values) => sum(values) / values.length;
const least: OfValues = (values) => values.reduce((one, other) => Math.min(one, other));
const most: OfValues = (values) => values.reduce((one, other) => Math.max(one, other));

/** The population's. */
function deviation(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
}

/** Of one series a number, of several the series of what holds at each time. */
function aggregate(name: string, of: OfValues): MathFunction {
  return one((value) => {
    if (typeof value === 'number') throw new ExpressionError(`${name} needs a time series`);
    if (isSeries(value)) return value.points.size === 0 ? 0 : of([...value.points.values()]);
    const times = new Map<number, number[]>();
    for (const { points } of value) {
      for (const [at, each] of points) {
        const known = times.get(at);
        if (known === undefined) times.set(at, [each]);
        else known.push(each);
      }
    }
    const points = [...times].sort(([first], [second]) => first - second);
    const period = least(value.length === 0 ? [0] : value.map((series) => series.period));
    return withPoints(
      { label: name, period },
      points.map(([at, values]) => [at, of(values)] as const),
    );
  });
}

const one = (apply: (value: Value) => Value): MathFunction => ({
  least: 1,
  most: 1,
  // The count of arguments has been looked at.
  apply: ([value = 0]) => apply(value),
});

const numbers = (change: (value: number) => number): MathFunction =>
  one((value) => eachNumber(value, change));

const ofSeries = (name: string, change: (series: TimeSeries) => TimeSeries): MathFunction =>
  one((value) => eachSeries(name, value, change));

/** A point for each but the first, made of it and the one before; times in seconds. */
function ofNeighbours(name: string, change: (difference: number, seconds: number) => number): MathFunction {
  return ofSeries(name, (series) => {
    const points = [...series.points];
    return withPoints(
      series,
      points.slice(1).map(([at, value], index) => {
        const [before, valueBefore] = points[index] ?? [at, value];
        return [at, change(value - valueBefore, (at - before) / 1000)] as const;
      }),
    );
  });
}

function runningSum(series: TimeSeries): TimeSeries {
  let total = 0;
  return mapped(series, (value) => (total += value));
}

function listOf(name: string, value: Value): readonly TimeSeries[] {
  if (typeof value === 'number') throw new ExpressionError(`${name} needs an array of time series`);
  return isList(value) ? value : [value];
}

function chosen(name: string, choose: (list: readonly TimeSeries[]) => TimeSeries | undefined): MathFunction {
  return one((value) => choose(listOf(name, value)) ?? []);
}

function periodOf(value: Value): number {
  if (!isSeries(value)) throw new ExpressionError('PERIOD needs a time series');
  return value.period;
}

/** Where a condition is a series, its points say which value counts at their times. */
function choose([condition = 0, yes = 0, no]: readonly Value[]): Value {
  if (isList(condition)) throw new ExpressionError('IF needs a time series or a number as its condition');
  if (typeof condition === 'number') {
    const value = condition === 0 ? no : yes;
    if (value === undefined)
      throw new ExpressionError('IF with a number as its condition needs three arguments');
    return value;
  }
  const at = (value: Value | undefined, time: number): number => {
    if (value === undefined) return Number.NaN;
    if (isList(value)) throw new ExpressionError('IF takes time series and numbers as its values');
    return typeof value === 'number' ? value : (value.points.get(time) ?? Number.NaN);
  };
  return mapped(condition, (holds, time) => at(holds === 0 ? no : yes, time));
}

export const FUNCTIONS: ReadonlyMap<string, MathFunction> = new Map<string, MathFunction>([
  ['ABS', numbers(Math.abs)],
  ['CEIL', numbers(Math.ceil)],
  ['FLOOR', numbers(Math.floor)],
  ['LOG', numbers(Math.log)],
  ['LOG10', numbers(Math.log10)],
  ['SUM', aggregate('SUM', sum)],
  ['AVG', aggregate('AVG', average)],
  ['MIN', aggregate('MIN', least)],
  ['MAX', aggregate('MAX', most)],
  ['STDDEV', aggregate('STDDEV', deviation)],
  ['METRIC_COUNT', one((value) => listOf('METRIC_COUNT', value).length)],
  ['DATAPOINT_COUNT', aggregate('DATAPOINT_COUNT', (values) => values.length)],
  ['DIFF', ofNeighbours('DIFF', (difference) => difference)],
  ['DIFF_TIME', ofNeighbours('DIFF_TIME', (_, seconds) => seconds)],
  ['RATE', ofNeighbours('RATE', (difference, seconds) => difference / seconds)],
  ['RUNNING_SUM', ofSeries('RUNNING_SUM', runningSum)],
  ['PERIOD', one(periodOf)],
  ['FIRST', chosen('FIRST', (list) => list[0])],
  ['LAST', chosen('LAST', (list) => list.at(-1))],
  ['REMOVE_EMPTY', one((value) => listOf('REMOVE_EMPTY', value).filter(({ points }) => points.size > 0))],
  ['IF', { least: 2, most: 3, apply: choose }],
]);

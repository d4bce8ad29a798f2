/** FILL and TIME_SERIES: points at every period of what is asked for. */
import type { Span } from '../periods.ts';
import { ExpressionError } from './expression-error.ts';
import { isList, isSeries, type TimeSeries, type Value, withPoints } from './series.ts';

/** Bounds what a few words of an expression can make. */
const MOST_POINTS = 100_800;

/** The times of all periods in a span, epoch milliseconds. */
function timesOf({ start, end, period }: Span): number[] {
  const count = Math.max(0, Math.ceil((end - start) / (period * 1000)));
  if (count > MOST_POINTS) throw new ExpressionError(`More than ${MOST_POINTS} data points would be made`);
  return Array.from({ length: count }, (_, index) => start + index * period * 1000);
}

/** A series that has one value all the time. */
export function constantSeries(value: number, span: Span): TimeSeries {
  return withPoints(
    { label: 'TIME_SERIES', period: span.period },
    timesOf(span).map((at) => [at, value] as const),
  );
}

/** What stands in for missing points. */
export type Filler = 'REPEAT' | 'LINEAR' | Value;

/** The series with points at all of the span's times; where nothing can stand in, a point stays missing. */
export function filled(series: TimeSeries, filler: Filler, span: Omit<Span, 'period'>): TimeSeries {
  const times = new Set(timesOf({ ...span, period: series.period }));
  for (const at of series.points.keys()) times.add(at);
  const ordered = [...times].sort((one, other) => one - other);
  const fill = fillerOf(series, filler);
  return withPoints(
    series,
    ordered.map((at) => [at, series.points.get(at) ?? fill(at)] as const),
  );
}

/** Called for times in rising order. */
function fillerOf({ points }: TimeSeries, filler: Filler): (at: number) => number {
  if (filler === 'REPEAT' || filler === 'LINEAR') return betweenPoints([...points], filler);
  if (typeof filler === 'number') return () => filler;
  if (isList(filler) || !isSeries(filler)) throw new ExpressionError('FILL takes no array as its filler');
  return (at) => filler.points.get(at) ?? Number.NaN;
}

/** No value before the first point; LINEAR has none behind the last one either. */
function betweenPoints(
  points: readonly (readonly [number, number])[],
  way: 'REPEAT' | 'LINEAR',
): (at: number) => number {
  let next = 0;
  return (at) => {
    while ((points[next]?.[0] ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const before = points[next - 1];
    const after = points[next];
    if (before === undefined) return Number.NaN;
    if (way === 'REPEAT') return before[1];
    if (after === undefined) return Number.NaN;
    return before[1] + ((after[1] - before[1]) * (at - before[0])) / (after[0] - before[0]);
  };
}

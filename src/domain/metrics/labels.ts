/** Labels of results, with what CloudWatch puts into their `${…}`. */
import type { MetricIdentity } from './metric.ts';
import type { TimeSeries } from './math/series.ts';

export interface LabelFacts {
  readonly series: TimeSeries;
  /** Of results that are a metric's. */
  readonly metric?: MetricIdentity;
  readonly statistic?: string;
  readonly region: string;
  /** Minutes ahead of UTC. */
  readonly offsetMinutes: number;
}

const PLACEHOLDER = /\$\{(PROP\('([^']*)'\)|[A-Z_]+)\}/g;

/** A label with its placeholders filled in; those that are not known stay as they are. */
export function filledLabel(label: string, facts: LabelFacts): string {
  return label.replace(PLACEHOLDER, (whole: string, word: string, property: string | undefined) => {
    if (property !== undefined) return propertyOf(property, facts) ?? whole;
    return wordOf(word, facts) ?? whole;
  });
}

function propertyOf(property: string, { metric, series, statistic, region }: LabelFacts): string | undefined {
  switch (property) {
    case 'MetricName':
      return metric?.name ?? '';
    case 'Namespace':
      return metric?.namespace ?? '';
    case 'Period':
      return String(series.period);
    case 'Region':
      return region;
    case 'Stat':
      return statistic ?? '';
    default: {
      if (!property.startsWith('Dim.')) return undefined;
      return metric?.dimensions.find(({ name }) => name === property.slice('Dim.'.length))?.value ?? '';
    }
  }
}

function wordOf(word: string, { series, metric, offsetMinutes }: LabelFacts): string | undefined {
  const points = [...series.points];
  if (word === 'LABEL') return metric?.name ?? series.label;
  if (word === 'DATAPOINT_COUNT') return String(points.length);
  if (word === 'SUM') return shownNumber(sumOf(points));
  if (word === 'AVG') return points.length === 0 ? '' : shownNumber(sumOf(points) / points.length);
  const [, name = '', time] = /^(FIRST|LAST|MIN|MAX)(_TIME)?$/.exec(word) ?? [];
  if (name === '') return undefined;
  const point = pointOf(name, points);
  if (point === undefined) return '';
  return time === undefined ? shownNumber(point[1]) : shownTime(point[0], offsetMinutes);
}

type Point = readonly [at: number, value: number];

const sumOf = (points: readonly Point[]): number => points.reduce((sum, [, value]) => sum + value, 0);

/** The newest of those that are as small, or as large. */
function pointOf(name: string, points: readonly Point[]): Point | undefined {
  if (name === 'FIRST') return points[0];
  if (name === 'LAST') return points.at(-1);
  const sign = name === 'MIN' ? 1 : -1;
  return points.reduce<Point | undefined>(
    (best, point) => (best === undefined || sign * (point[1] - best[1]) <= 0 ? point : best),
    undefined,
  );
}

const shownNumber = (value: number): string => String(Number(value.toPrecision(12)));

/** `2018-09-12T15:30:00+0130`. */
function shownTime(at: number, offsetMinutes: number): string {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const ahead = Math.abs(offsetMinutes);
  const digits = (value: number): string => String(value).padStart(2, '0');
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${digits(Math.floor(ahead / 60))}${digits(ahead % 60)}`;
}

/** Minutes of `+0130`; undefined for what is no time zone. */
export function zoneMinutes(text: string): number | undefined {
  const [, sign, hours = '', minutes = ''] = /^([+-])(\d{2})(\d{2})$/.exec(text) ?? [];
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

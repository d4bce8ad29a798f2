import {
  type Datapoint,
  GetMetricStatistics$,
  type GetMetricStatisticsInput,
  type GetMetricStatisticsOutput,
} from '@aws-sdk/client-cloudwatch';
import { checkEnum, constraintError } from '../../domain/ecs/constraints.ts';
import type { MetricBucket } from '../../domain/metrics/metric.ts';
import { isPeriod, periodsIn, roundedSpan, type Span } from '../../domain/metrics/periods.ts';
import {
  parseStatistic,
  SIMPLE_STATISTICS,
  type Statistic,
  statisticOf,
} from '../../domain/metrics/statistics.ts';
import { inWindows } from '../../domain/metrics/windows.ts';
import { operation } from '../../wire/service.ts';
import type { CloudWatchDeps } from './deps.ts';
import { readSpan } from './read-span.ts';
import {
  checkSize,
  givenMetric,
  invalidCombination,
  invalidParameter,
  invalidValue,
  UNITS,
} from './refusals.ts';

const MOST_DATAPOINTS = 1440;
const MOST_EXTENDED = 10;

interface Asked {
  readonly name: string;
  readonly statistic: Statistic;
}

/** GetMetricStatistics: a data point for each period and unit, in order of time. */
export function getMetricStatistics({ metrics, clock }: CloudWatchDeps) {
  return operation(
    GetMetricStatistics$,
    async (
      input: GetMetricStatisticsInput,
      { scope },
    ): Promise<Omit<GetMetricStatisticsOutput, '$metadata'>> => {
      const metric = givenMetric(input);
      const asked = givenStatistics(input);
      checkEnum('ValidationException', 'unit', input.Unit, UNITS);
      const now = clock.now();
      const span = roundedSpan(givenSpan(input), now);
      const buckets = await readSpan(metrics, scope, metric, span, now);
      const wanted = buckets.filter(({ unit }) => input.Unit === undefined || unit === input.Unit);
      const datapoints = inWindows(wanted, span, ({ unit }) => unit).map((bucket) =>
        datapointOf(bucket, asked),
      );
      return { Label: metric.name, Datapoints: datapoints.filter((datapoint) => datapoint !== undefined) };
    },
  );
}

function givenStatistics({
  Statistics = [],
  ExtendedStatistics = [],
}: GetMetricStatisticsInput): readonly Asked[] {
  if (Statistics.length > 0 && ExtendedStatistics.length > 0) {
    throw invalidCombination('Must specify either Statistics or ExtendedStatistics, but not both.');
  }
  if (Statistics.length === 0 && ExtendedStatistics.length === 0) {
    throw invalidCombination('Must specify either Statistics or ExtendedStatistics');
  }
  checkSize(ExtendedStatistics, MOST_EXTENDED, 'ExtendedStatistics');
  return [
    ...Statistics.map((name) => {
      const statistic = SIMPLE_STATISTICS.find((known) => known === name);
      if (statistic === undefined) throw unknownStatistics(Statistics);
      return { name, statistic: { kind: 'simple', name: statistic } as const };
    }),
    ...ExtendedStatistics.map((name) => {
      const statistic = parseStatistic(name);
      if (statistic === undefined || statistic.kind === 'simple')
        throw invalidParameter(name, 'ExtendedStatistics');
      return { name, statistic };
    }),
  ];
}

function unknownStatistics(names: readonly string[]) {
  const known = `Member must satisfy enum value set: [${SIMPLE_STATISTICS.join(', ')}]`;
  return constraintError(
    'ValidationException',
    'statistics',
    `[${names.join(', ')}]`,
    `Member must satisfy constraint: [${known}]`,
  );
}

function givenSpan({ StartTime, EndTime, Period = 0 }: GetMetricStatisticsInput): Span {
  const span = { start: StartTime?.getTime() ?? 0, end: EndTime?.getTime() ?? 0, period: Period };
  if (!isPeriod(Period)) throw invalidParameter(Period, 'Period');
  if (span.start >= span.end) {
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  }
  const count = periodsIn(span);
  if (count > MOST_DATAPOINTS) {
    throw invalidCombination(
      `You have requested up to ${grouped(count)} datapoints, which exceeds the limit of ${grouped(MOST_DATAPOINTS)}. ` +
        'You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    );
  }
  return span;
}

const grouped = (count: number): string => count.toLocaleString('en-US');

/** Undefined when the bucket has none of what is asked for. */
function datapointOf(bucket: MetricBucket, asked: readonly Asked[]): Datapoint | undefined {
  const simple: Partial<Record<string, number>> = {};
  const extended: Record<string, number> = {};
  for (const { name, statistic } of asked) {
    const value = statisticOf(statistic, bucket);
    if (value === undefined) continue;
    if (statistic.kind === 'simple') simple[name] = value;
    else extended[name] = value;
  }
  const hasExtended = Object.keys(extended).length > 0;
  if (!hasExtended && Object.keys(simple).length === 0) return undefined;
  return {
    Timestamp: new Date(bucket.start),
    ...simple,
    Unit: bucket.unit as NonNullable<Datapoint['Unit']>,
    ...(hasExtended && { ExtendedStatistics: extended }),
  };
}

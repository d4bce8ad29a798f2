import {
  GetMetricData$,
  type GetMetricDataInput,
  type GetMetricDataOutput,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { checkEnum, checkRange } from '../../domain/ecs/constraints.ts';
import { filledLabel, zoneMinutes } from '../../domain/metrics/labels.ts';
import { operation } from '../../wire/service.ts';
import { type Page, pageOf } from '../page.ts';
import type { CloudWatchDeps } from './deps.ts';
import { givenQueries, invalidRequest, isExpression } from './metric-queries.ts';
import { MetricReader, type MetricResult } from './metric-results.ts';

const MOST_DATAPOINTS = 100_800;
const CODES = { size: 'ValidationException', token: 'InvalidNextToken' } as const;

/** GetMetricData: series of metrics and of what expressions make of them, a page of data points at a time. */
export function getMetricData(deps: CloudWatchDeps) {
  return operation(
    GetMetricData$,
    async (input: GetMetricDataInput, { scope }): Promise<Omit<GetMetricDataOutput, '$metadata'>> => {
      const { StartTime, EndTime, ScanBy, MaxDatapoints, NextToken, LabelOptions } = input;
      const queries = givenQueries(input.MetricDataQueries ?? []);
      checkEnum('ValidationException', 'scanBy', ScanBy, ['TimestampDescending', 'TimestampAscending']);
      checkRange('ValidationException', 'maxDatapoints', MaxDatapoints, { min: 1, max: MOST_DATAPOINTS });
      const start = StartTime?.getTime() ?? 0;
      const end = EndTime?.getTime() ?? 0;
      if (start >= end)
        throw invalidRequest('The parameter StartTime must be less than the parameter EndTime.');
      const offsetMinutes = zoneMinutes(LabelOptions?.Timezone ?? '+0000');
      if (offsetMinutes === undefined) {
        throw invalidRequest('The parameter LabelOptions.Timezone must be + or - and four digits.');
      }
      const question = ['GetMetricData', input.MetricDataQueries, start, end, ScanBy];
      const page = pageOf({ nextToken: NextToken }, { question, max: MOST_DATAPOINTS, codes: CODES });
      const place = placeOf(page);
      const { results, hasMore } = await new MetricReader(deps, { scope, queries, start, end }).read();
      const isDescending = ScanBy !== 'TimestampAscending';
      const cut = pageFrom(results, place, MaxDatapoints ?? MOST_DATAPOINTS, isDescending);
      const labelOf = (result: MetricResult): string => labelFor(result, scope.region, offsetMinutes);
      return {
        MetricDataResults: cut.parts.map((part) => wireResult(part, labelOf(part.result))),
        Messages: hasMore
          ? [{ Code: 'MaxMetricsExceeded', Value: 'Maximum number of allowed metrics exceeded' }]
          : [],
        ...(cut.next !== undefined && { NextToken: page.token(`${cut.next.index} ${cut.next.at}`) }),
      };
    },
  );
}

/** Where a page begins: behind the point at a time, of one of the results. */
interface Place {
  readonly index: number;
  readonly at: number | undefined;
}

function placeOf({ after, refusal }: Page): Place {
  if (after === undefined) return { index: 0, at: undefined };
  const [, index, at] = /^(\d{1,9}) (-?\d{1,16})$/.exec(after) ?? [];
  if (index === undefined) throw refusal();
  return { index: Number(index), at: Number(at) };
}

interface Part {
  readonly result: MetricResult;
  readonly points: readonly (readonly [number, number])[];
  readonly isComplete: boolean;
}

/** Result after result, until there are enough points. */
function pageFrom(
  results: readonly MetricResult[],
  from: Place,
  most: number,
  isDescending: boolean,
): { readonly parts: readonly Part[]; readonly next: Place | undefined } {
  const parts: Part[] = [];
  let room = most;
  let next: Place | undefined;
  for (const [index, result] of results.entries()) {
    if (index < from.index) continue;
    const points = pointsOf(result, index === from.index ? from.at : undefined, isDescending);
    const shown = points.slice(0, room);
    const isComplete = shown.length === points.length;
    parts.push({ result, points: shown, isComplete });
    room -= shown.length;
    if (isComplete) continue;
    next ??= { index, at: shown.at(-1)?.[0] ?? (isDescending ? MOST_TIME : -MOST_TIME) };
  }
  return { parts, next };
}

/** Beyond all times that data can have. */
const MOST_TIME = 8_640_000_000_000_000;

function pointsOf({ series }: MetricResult, after: number | undefined, isDescending: boolean) {
  const points = [...series.points];
  if (isDescending) points.reverse();
  if (after === undefined) return points;
  return points.filter(([at]) => (isDescending ? at < after : at > after));
}

function wireResult({ result, points, isComplete }: Part, label: string): MetricDataResult {
  return {
    Id: result.query.id,
    Label: label,
    Timestamps: points.map(([at]) => new Date(at)),
    Values: points.map(([, value]) => value),
    StatusCode: isComplete ? 'Complete' : 'PartialData',
  };
}

/** One of several series of an expression keeps its own name behind the query's. */
function labelFor({ query, series }: MetricResult, region: string, offsetMinutes: number): string {
  if (query.label === undefined) return series.label;
  const facts = { series, region, offsetMinutes };
  if (!isExpression(query)) {
    return filledLabel(query.label, { ...facts, metric: query.metric, statistic: query.statisticName });
  }
  const label = filledLabel(query.label, facts);
  return series.label === query.id ? label : `${label} ${series.label}`;
}

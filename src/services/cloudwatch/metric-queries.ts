/** The queries of GetMetricData, looked at and taken apart. Refusals are told together, a line each. */
import type { MetricDataQuery, MetricStat } from '@aws-sdk/client-cloudwatch';
import { ApiError } from '../../domain/errors.ts';
import { ExpressionError } from '../../domain/metrics/math/expression-error.ts';
import { type Expression, parseExpression } from '../../domain/metrics/math/syntax.ts';
import type { MetricIdentity } from '../../domain/metrics/metric.ts';
import { isPeriod } from '../../domain/metrics/periods.ts';
import { parseStatistic, type Statistic } from '../../domain/metrics/statistics.ts';
import { exclusive, givenMetric, UNITS } from './refusals.ts';

const MOST_QUERIES = 500;
const LONGEST_EXPRESSION = 2048;
const LONGEST_LABEL = 2048;
const ID = /^[a-z]\w{0,254}$/;
const PERIODS = 'must be 1, 5, 10, 20, 30 or a multiple of 60';

interface AnyQuery {
  readonly id: string;
  readonly label: string | undefined;
  readonly returnData: boolean;
  /** Of an account that is asked for; undefined for the caller's. */
  readonly account: string | undefined;
}

export interface MetricQueryOf extends AnyQuery {
  readonly metric: MetricIdentity;
  readonly statistic: Statistic;
  /** As the request has it. */
  readonly statisticName: string;
  /** Seconds. */
  readonly period: number;
  readonly unit: string | undefined;
}

export interface ExpressionQuery extends AnyQuery {
  readonly expression: Expression;
  /** Seconds. */
  readonly period: number | undefined;
}

export type GivenQuery = MetricQueryOf | ExpressionQuery;

export const isExpression = (query: GivenQuery): query is ExpressionQuery => 'expression' in query;

export function invalidRequest(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

export function expressionRefusal(id: string, error: ExpressionError): ApiError {
  return invalidRequest(`Error in expression '${id}': ${error.message}`);
}

/** Throws ApiError. */
export function givenQueries(queries: readonly MetricDataQuery[]): readonly GivenQuery[] {
  if (queries.length === 0) throw invalidRequest('The parameter MetricDataQueries is required.\n');
  if (queries.length > MOST_QUERIES) {
    throw invalidRequest(
      `The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`,
    );
  }
  const refusals = queries.flatMap((query, index) =>
    refusalsOf(query, `MetricDataQueries.member.${index + 1}`),
  );
  if (refusals.length > 0) throw invalidRequest(refusals.map((each) => `${each}\n`).join(''));
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
    throw invalidRequest('The values for parameter id in MetricDataQueries are not unique.');
  }
  return queries.map((query, index) => givenQuery(query, `MetricDataQueries.member.${index + 1}`));
}

function refusalsOf(query: MetricDataQuery, place: string): readonly string[] {
  const { Id: id = '', MetricStat: stat, Expression: expression, Period: period } = query;
  const refusals: string[] = [];
  if (!ID.test(id)) {
    refusals.push(
      `The value ${id.slice(0, 100)} for parameter ${place}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
    );
  }
  if (stat !== undefined && expression !== undefined) {
    refusals.push(exclusive(`${place}.Expression`, `${place}.MetricStat`));
  }
  if (stat === undefined && expression === undefined)
    refusals.push(`The parameter ${place}.MetricStat is required.`);
  if (stat !== undefined && period !== undefined) {
    refusals.push(exclusive(`${place}.Period`, `${place}.MetricStat`));
  }
  if (period !== undefined && !isPeriod(period)) {
    refusals.push(`The value ${period} for parameter ${place}.Period ${PERIODS}.`);
  }
  if (expression !== undefined && (expression.length === 0 || expression.length > LONGEST_EXPRESSION)) {
    refusals.push(
      `The parameter ${place}.Expression must have between 1 and ${LONGEST_EXPRESSION} characters.`,
    );
  }
  if ((query.Label ?? '').length > LONGEST_LABEL) {
    refusals.push(`The parameter ${place}.Label must have at most ${LONGEST_LABEL} characters.`);
  }
  return stat === undefined ? refusals : [...refusals, ...refusalsOfStat(stat, `${place}.MetricStat`)];
}

function refusalsOfStat({ Stat, Period = 0, Unit }: MetricStat, place: string): readonly string[] {
  return [
    ...(parseStatistic(Stat ?? '') === undefined
      ? [`The value for parameter ${place}.Stat is not a valid statistic.`]
      : []),
    ...(isPeriod(Period) ? [] : [`The value ${Period} for parameter ${place}.Period ${PERIODS}.`]),
    ...(Unit === undefined || UNITS.includes(Unit)
      ? []
      : [`The value ${String(Unit).slice(0, 100)} for parameter ${place}.Unit is invalid.`]),
  ];
}

function givenQuery(query: MetricDataQuery, place: string): GivenQuery {
  const { Id: id = '', MetricStat: stat, Expression: text = '' } = query;
  const base = {
    id,
    label: query.Label,
    returnData: query.ReturnData ?? true,
    account: query.AccountId,
  };
  if (stat === undefined) return { ...base, period: query.Period, expression: parsed(id, text) };
  const { Metric: metric = {}, Stat: statisticName = '', Period: period = 0, Unit: unit } = stat;
  const statistic = parseStatistic(statisticName);
  if (statistic === undefined)
    throw invalidRequest(`The value for parameter ${place}.MetricStat.Stat is not a valid statistic.\n`);
  return {
    ...base,
    metric: metricOf(metric, `${place}.MetricStat.Metric.`),
    statistic,
    statisticName,
    period,
    unit,
  };
}

/** Here everything that is refused is a ValidationError. */
function metricOf(metric: NonNullable<MetricStat['Metric']>, prefix: string): MetricIdentity {
  try {
    return givenMetric(metric, prefix);
  } catch (error) {
    throw error instanceof ApiError ? invalidRequest(`${error.message}\n`) : error;
  }
}

function parsed(id: string, text: string): Expression {
  if (/^\s*SELECT\b/i.test(text)) {
    throw invalidRequest(`Error in expression '${id}': Metrics Insights queries are not supported`);
  }
  try {
    return parseExpression(text);
  } catch (error) {
    throw error instanceof ExpressionError ? expressionRefusal(id, error) : error;
  }
}

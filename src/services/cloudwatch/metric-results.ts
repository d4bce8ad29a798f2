/** The series that the queries of a GetMetricData request come to. */
import type { Scope } from '../../domain/arn.ts';
import { Evaluation, searchCall, searchesIn, searchKey } from '../../domain/metrics/math/evaluate.ts';
import { ExpressionError } from '../../domain/metrics/math/expression-error.ts';
import { parseSearch } from '../../domain/metrics/math/search.ts';
import { type TimeSeries, withPoints } from '../../domain/metrics/math/series.ts';
import type { MetricIdentity } from '../../domain/metrics/metric.ts';
import { isPeriod, roundedSpan, type Span } from '../../domain/metrics/periods.ts';
import { parseStatistic, type Statistic, statisticOf } from '../../domain/metrics/statistics.ts';
import { inWindows } from '../../domain/metrics/windows.ts';
import type { CloudWatchDeps } from './deps.ts';
import {
  type ExpressionQuery,
  expressionRefusal,
  type GivenQuery,
  invalidRequest,
  isExpression,
  type MetricQueryOf,
} from './metric-queries.ts';
import { readSpan } from './read-span.ts';

const DEFAULT_PERIOD = 60;
const DEFAULT_SEARCH_PERIOD = 300;
const MOST_FOUND = 500;
const MOST_SEARCHES = 20;
const LIST_PAGE = 500;
/** How far back SEARCH looks for metrics that have had data. */
const SEARCHED_MS = 14 * 86_400_000;
/** Of all series of a request together, so that none takes the memory of all. */
const MOST_POINTS = 2_000_000;

export interface MetricResult {
  readonly query: GivenQuery;
  readonly series: TimeSeries;
}

export interface MetricResults {
  /** In the request's order; several for a query that comes to several series. */
  readonly results: readonly MetricResult[];
  /** A search has found more than is told. */
  readonly hasMore: boolean;
}

export interface ResultsRequest {
  readonly scope: Scope;
  readonly queries: readonly GivenQuery[];
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
}

interface Wanted {
  readonly metric: MetricIdentity;
  readonly statistic: Statistic;
  readonly period: number;
  readonly unit: string | undefined;
}

/** Reads and reckons for one request. */
export class MetricReader {
  readonly #deps: CloudWatchDeps;
  readonly #request: ResultsRequest;
  readonly #now: number;
  #points = 0;
  #hasMore = false;

  constructor(deps: CloudWatchDeps, request: ResultsRequest) {
    this.#deps = deps;
    this.#request = request;
    this.#now = deps.clock.now();
  }

  /** Throws ApiError. */
  async read(): Promise<MetricResults> {
    const { queries } = this.#request;
    const metrics = new Map<string, TimeSeries>();
    for (const query of queries) {
      if (!isExpression(query)) metrics.set(query.id, await this.#ofMetric(query));
    }
    const expressions = queries.filter(isExpression);
    const searches = await this.#searches(expressions);
    const evaluation = this.#evaluation(expressions, metrics, searches);
    const results = queries.flatMap((query) => {
      const series = isExpression(query) ? seriesOf(evaluation, query.id) : [metrics.get(query.id)];
      return query.returnData
        ? series.flatMap((each) => (each === undefined ? [] : { query, series: each }))
        : [];
    });
    return { results, hasMore: this.#hasMore };
  }

  #evaluation(
    queries: readonly ExpressionQuery[],
    metrics: ReadonlyMap<string, TimeSeries>,
    searches: ReadonlyMap<string, readonly TimeSeries[]>,
  ): Evaluation {
    const series = [...metrics.values(), ...[...searches.values()].flat()];
    const shortest = series.reduce((least, { period }) => Math.min(least, period), Number.POSITIVE_INFINITY);
    const periods = new Map(queries.map(({ id, period }) => [id, period]));
    return new Evaluation({
      metrics,
      expressions: new Map(queries.map(({ id, expression }) => [id, expression])),
      searches,
      spanOf: (id) => this.#span(periods.get(id) ?? (series.length === 0 ? DEFAULT_PERIOD : shortest)),
    });
  }

  #span(period: number): Span {
    const { start, end } = this.#request;
    return roundedSpan({ start, end, period }, this.#now);
  }

  async #ofMetric(query: MetricQueryOf): Promise<TimeSeries> {
    const { scope } = this.#request;
    const isElsewhere = query.account !== undefined && query.account !== scope.account;
    if (isElsewhere) return { label: query.metric.name, period: query.period, points: new Map() };
    return this.#series(query);
  }

  async #series({ metric, statistic, period, unit }: Wanted): Promise<TimeSeries> {
    const span = this.#span(period);
    const buckets = await readSpan(this.#deps.metrics, this.#request.scope, metric, span, this.#now);
    const wanted = buckets.filter((bucket) => unit === undefined || bucket.unit === unit);
    const windows = inWindows(wanted, span, () => unit ?? '');
    this.#count(windows.length);
    const points = windows.map((bucket) => [bucket.start, statisticOf(statistic, bucket) ?? NaN] as const);
    return withPoints({ label: metric.name, period }, points);
  }

  #count(points: number): void {
    this.#points += points;
    if (this.#points > MOST_POINTS) {
      throw invalidRequest(
        `The request reads more than ${MOST_POINTS} data points. Ask for fewer metrics, a longer period or less time.`,
      );
    }
  }

  async #searches(queries: readonly ExpressionQuery[]): Promise<ReadonlyMap<string, readonly TimeSeries[]>> {
    const found = new Map<string, readonly TimeSeries[]>();
    for (const { id, expression } of queries) {
      for (const call of searchesIn(expression)) {
        try {
          const key = searchKey(call);
          if (found.has(key)) continue;
          if (found.size >= MOST_SEARCHES)
            throw new ExpressionError(`There are more than ${MOST_SEARCHES} searches`);
          found.set(key, await this.#found(searchCall(call)));
        } catch (error) {
          throw error instanceof ExpressionError ? expressionRefusal(id, error) : error;
        }
      }
    }
    return found;
  }

  async #found({ search, statistic: name, period = DEFAULT_SEARCH_PERIOD }: ReturnType<typeof searchCall>) {
    const statistic = parseStatistic(name);
    if (statistic === undefined) throw new ExpressionError(`'${name}' is not a valid statistic`);
    if (!isPeriod(period)) throw new ExpressionError(`${period} is not a valid period`);
    const metrics = await this.#metricsOf(search);
    const labels = labelsOf(metrics);
    const list: TimeSeries[] = [];
    for (const [index, metric] of metrics.entries()) {
      const series = await this.#series({ metric, statistic, period, unit: undefined });
      list.push({ ...series, label: labels[index] ?? metric.name });
    }
    return list;
  }

  async #metricsOf(text: string): Promise<readonly MetricIdentity[]> {
    const { namespace, matches } = parseSearch(text);
    const filter = {
      ...(namespace !== undefined && { namespace }),
      activeSince: this.#now - SEARCHED_MS,
    };
    const found: MetricIdentity[] = [];
    let after: string | undefined;
    do {
      const page = await this.#deps.metrics.list(this.#request.scope, filter, LIST_PAGE, after);
      for (const metric of page.metrics) {
        if (!matches(metric)) continue;
        if (found.length === MOST_FOUND) {
          this.#hasMore = true;
          return found;
        }
        found.push(metric);
      }
      after = page.next;
    } while (after !== undefined);
    return found;
  }
}

function seriesOf(evaluation: Evaluation, id: string): readonly TimeSeries[] {
  try {
    return evaluation.seriesOf(id);
  } catch (error) {
    throw error instanceof ExpressionError ? expressionRefusal(id, error) : error;
  }
}

/** What tells each of a search's metrics from the others, in few words: values of dimensions, or also names. */
function labelsOf(metrics: readonly MetricIdentity[]): readonly string[] {
  const hasNames = new Set(metrics.map(({ name }) => name)).size > 1;
  const isShared = (value: string): boolean =>
    metrics.length > 1 && metrics.every(({ dimensions }) => dimensions.some((each) => each.value === value));
  return metrics.map(({ name, dimensions }) => {
    const values = dimensions.map(({ value }) => value).filter((value) => !isShared(value));
    return [...values, ...(hasNames || values.length === 0 ? [name] : [])].join(' ');
  });
}

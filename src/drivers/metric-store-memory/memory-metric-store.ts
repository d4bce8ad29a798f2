/** The MetricStore in memory, for tests and for machines that are made of fakes: all that was put, as the steps have it. */
import type { Scope } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import { type Aggregate, aggregateOf, merge } from '../../domain/metrics/aggregate.ts';
import { BucketCollector } from '../../domain/metrics/bucket-collector.ts';
import { matches } from '../../domain/metrics/identity-filter.ts';
import { metricKey, scopePrefix } from '../../domain/metrics/metric-key.ts';
import type { MetricBucket, MetricDatum, MetricIdentity } from '../../domain/metrics/metric.ts';
import {
  firstStep,
  isWindowOver,
  RESOLUTION_STEPS,
  RETENTION_MS,
  type ResolutionStep,
  windowOf,
} from '../../domain/metrics/retention.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  MetricFilter,
  MetricPage,
  MetricQuery,
  MetricStore,
  PutOnce,
} from '../../ports/metric-store.ts';

interface Point {
  readonly at: number;
  readonly unit: string;
  readonly aggregate: Aggregate;
}

interface Series {
  readonly metric: MetricIdentity;
  readonly scope: string;
  /** For each step, its points by beginning and unit. */
  readonly steps: readonly Map<string, Point>[];
  lastPut: number;
}

export class MemoryMetricStore implements MetricStore {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  /** The last number of each publisher. */
  readonly #published = new Map<string, number>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async put(scope: Scope, data: readonly MetricDatum[], once?: PutOnce): Promise<void> {
    const now = this.#clock.now();
    const checked = data.map((datum) => ({
      datum,
      key: metricKey(scope, datum.metric),
      aggregate: aggregateOf(datum),
    }));
    if (once !== undefined) {
      const publisher = scopePrefix(scope) + once.publisher;
      if ((this.#published.get(publisher) ?? Number.NEGATIVE_INFINITY) >= once.number) return;
      this.#published.set(publisher, once.number);
    }
    for (const { datum, key, aggregate } of checked) {
      if (aggregate === undefined || datum.at < now - RETENTION_MS) continue;
      const step = firstStep(datum.resolution);
      const series = this.#seriesOf(key, scope, datum.metric);
      add(series, step, { at: datum.at, unit: datum.unit, aggregate });
      series.lastPut = now;
    }
  }

  async list(scope: Scope, filter: MetricFilter, limit: number, after?: string): Promise<MetricPage> {
    const prefix = scopePrefix(scope);
    const from = after === undefined ? '' : Buffer.from(after, 'base64url').toString();
    if (after !== undefined && !from.startsWith(prefix)) throw new AppError('invalid', 'no page gave this');
    const found = [...this.#series]
      .filter(
        ([key, { metric, scope: own, lastPut }]) =>
          own === prefix &&
          (from === '' || Buffer.compare(Buffer.from(key), Buffer.from(from)) > 0) &&
          matches(filter, metric) &&
          lastPut >= (filter.activeSince ?? Number.NEGATIVE_INFINITY),
      )
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const metrics = found.slice(0, limit).map(([, { metric }]) => metric);
    const last = found[limit - 1]?.[0];
    if (found.length <= limit || last === undefined) return { metrics };
    return { metrics, next: Buffer.from(last).toString('base64url') };
  }

  async read(scope: Scope, { metric, ...asked }: MetricQuery): Promise<readonly MetricBucket[]> {
    const collector = new BucketCollector(asked);
    const series = this.#series.get(metricKey(scope, metric));
    series?.steps.forEach((points, index) => {
      for (const { at, unit, aggregate } of points.values()) {
        collector.add(at, stepAt(index).resolutionMs, unit, aggregate);
      }
    });
    return collector.buckets();
  }

  async compact(now: number): Promise<void> {
    for (const [key, series] of this.#series) {
      series.steps.forEach((points, index) => {
        const step = stepAt(index);
        for (const [name, point] of points) {
          if (!isWindowOver(step, windowOf(step, point.at), now)) continue;
          points.delete(name);
          if (index + 1 < RESOLUTION_STEPS.length) add(series, index + 1, point);
        }
      });
      if (series.steps.every(({ size }) => size === 0)) this.#series.delete(key);
    }
  }

  async close(): Promise<void> {}

  #seriesOf(key: string, scope: Scope, metric: MetricIdentity): Series {
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const steps = RESOLUTION_STEPS.map(() => new Map<string, Point>());
    const series = { metric, scope: scopePrefix(scope), steps, lastPut: 0 };
    this.#series.set(key, series);
    return series;
  }
}

function add({ steps }: Series, index: number, { at, unit, aggregate }: Point): void {
  const { resolutionMs, exactValues } = stepAt(index);
  const points = steps[index] as Map<string, Point>;
  const start = Math.floor(at / resolutionMs) * resolutionMs;
  const name = `${start} ${unit}`;
  const known = points.get(name);
  const both = merge(known === undefined ? [aggregate] : [known.aggregate, aggregate], exactValues);
  points.set(name, { at: start, unit, aggregate: both });
}

const stepAt = (index: number): ResolutionStep => RESOLUTION_STEPS[index] as ResolutionStep;

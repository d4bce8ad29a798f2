/** Reads of the store what a span of a request is made of. */
import type { Scope } from '../../domain/arn.ts';
import type { MetricBucket, MetricIdentity } from '../../domain/metrics/metric.ts';
import { commonPeriod, oldestFor, type Span } from '../../domain/metrics/periods.ts';
import type { MetricStore } from '../../ports/metric-store.ts';

/** Buckets that fit into the periods of the span, which has been rounded; `now` is epoch milliseconds. */
export async function readSpan(
  metrics: MetricStore,
  scope: Scope,
  metric: MetricIdentity,
  span: Span,
  now: number,
): Promise<readonly MetricBucket[]> {
  const start = Math.max(span.start, oldestFor(span.period, now));
  if (start >= span.end) return [];
  return metrics.read(scope, { metric, start, end: span.end, period: commonPeriod(span) });
}

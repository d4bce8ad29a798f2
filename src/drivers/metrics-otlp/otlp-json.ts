/**
 * Figures as OTLP has them, in its JSON form: 64-bit numbers are text, times are nanoseconds. Counters count from their
 * start (cumulative temporality). Points carry the labels that they have at `/metrics`, so that they are told apart also
 * where a store drops what describes the resource.
 */
import {
  type Labels,
  type MetricFamily,
  type MetricGroup,
  type MetricName,
  metricRow,
} from '../../domain/telemetry/metrics.ts';

const CUMULATIVE = 2;

/** By UCUM, as OpenTelemetry wants it. */
const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By', bytes_per_second: 'By/s' };
const NO_UNIT = '1';

/** The body of an export request. `version` is Neargate's. */
export function otlpRequest(groups: readonly MetricGroup[], now: number, version: string): object {
  const scope = { name: 'neargate', version };
  return {
    resourceMetrics: groups.map((group) => ({
      resource: { attributes: attributes(group.resource) },
      scopeMetrics: [{ scope, metrics: metricsOf(group, now) }],
    })),
  };
}

function metricsOf(group: MetricGroup, now: number): object[] {
  const byName = new Map<MetricName, MetricFamily['points'][number][]>();
  for (const { name, points } of group.families) {
    byName.set(name, [...(byName.get(name) ?? []), ...points]);
  }
  return [...byName]
    .filter(([, points]) => points.length > 0)
    .map(([name, points]) => {
      const { help, unit, kind } = metricRow(name);
      const dataPoints = points.map((point) => dataPoint(name, point, group, now));
      const head = { name, description: help, unit: unit === undefined ? NO_UNIT : UNITS[unit] };
      if (kind === 'gauge') return { ...head, gauge: { dataPoints } };
      if (kind === 'histogram') {
        return { ...head, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } };
      }
      return { ...head, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
    });
}

function dataPoint(
  name: MetricName,
  point: MetricFamily['points'][number],
  { labels, since, at }: MetricGroup,
  now: number,
): object {
  const row = metricRow(name);
  const head = {
    attributes: attributes({ ...labels, ...point.labels }),
    ...(row.kind !== 'gauge' && { startTimeUnixNano: nanoseconds(since) }),
    timeUnixNano: nanoseconds(at ?? now),
  };
  if ('value' in point) return { ...head, asDouble: point.value };
  return {
    ...head,
    count: String(point.counts.reduce((sum, count) => sum + count, 0)),
    sum: point.sum,
    bucketCounts: point.counts.map(String),
    explicitBounds: row.kind === 'histogram' ? row.bounds : [],
  };
}

function attributes(labels: Labels): object[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanoseconds(epochMs: number): string {
  return `${Math.round(epochMs)}000000`;
}

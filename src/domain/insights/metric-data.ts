/** The metrics that performance records hold, by their directives: so log events and metrics say the same. Pure. */
import type { MetricDatum, MetricIdentity, ValueCount } from '../metrics/metric.ts';
import type { PerformanceRecord } from './performance-records.ts';

/** Values that many records have of one metric in one minute are one datum. */
export function metricData(records: readonly PerformanceRecord[]): readonly MetricDatum[] {
  const found = new Map<
    string,
    { readonly datum: Omit<MetricDatum, 'content'>; values: Map<number, number> }
  >();
  for (const record of records) {
    for (const { metric, unit, value } of metricsOf(record)) {
      const at = record.Timestamp;
      const key = JSON.stringify([metric, unit, at]);
      const known = found.get(key) ?? { datum: { metric, unit, at, resolution: 60 }, values: new Map() };
      known.values.set(value, (known.values.get(value) ?? 0) + 1);
      found.set(key, known);
    }
  }
  return [...found.values()].map(({ datum, values }) => ({ ...datum, content: { values: counted(values) } }));
}

function metricsOf(
  record: PerformanceRecord,
): readonly { readonly metric: MetricIdentity; readonly unit: string; readonly value: number }[] {
  return (record.CloudWatchMetrics ?? []).flatMap(({ Namespace, Metrics, Dimensions }) =>
    Dimensions.flatMap((names) => {
      const dimensions = [...names].sort().map((name) => ({ name, value: String(record[name]) }));
      return Metrics.map(({ Name, Unit }) => ({
        metric: { namespace: Namespace, name: Name, dimensions },
        unit: Unit,
        value: Number(record[Name]),
      }));
    }),
  );
}

function counted(values: ReadonlyMap<number, number>): readonly ValueCount[] {
  return [...values].map(([value, count]) => ({ value, count }));
}

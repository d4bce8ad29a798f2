/**
 * Figures as Prometheus reads them: its own text format, and OpenMetrics 1.0. All lines of one metric stand together,
 * whatever things they are of; metrics are ordered by name.
 */
import {
  type HistogramPoint,
  type Labels,
  type MetricFamily,
  type MetricGroup,
  type MetricName,
  metricRow,
  type NumberPoint,
} from '../../domain/telemetry/metrics.ts';

export type ExpositionForm = 'text' | 'open-metrics';

export const CONTENT_TYPES: Readonly<Record<ExpositionForm, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  'open-metrics': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

type Point = MetricFamily['points'][number];

/** The whole of an answer. */
export function expose(groups: readonly MetricGroup[], form: ExpositionForm): string {
  const metrics = new Map<MetricName, Point[]>();
  for (const { labels, families } of groups) {
    for (const { name, points } of families) {
      const all = metrics.get(name) ?? [];
      metrics.set(name, all);
      for (const point of points) all.push({ ...point, labels: { ...labels, ...point.labels } });
    }
  }
  const lines = [...metrics]
    .filter(([, points]) => points.length > 0)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, points]) => [
      ...head(name, form),
      ...points.flatMap((point) => body(name, point, form)),
    ]);
  if (form === 'open-metrics') lines.push('# EOF');
  return lines.map((line) => `${line}\n`).join('');
}

function head(name: MetricName, form: ExpositionForm): string[] {
  const { kind, help, unit } = metricRow(name);
  // OpenMetrics names the family of a counter without the ending of its lines.
  const family = form === 'open-metrics' && kind === 'counter' ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${family} ${escaped(help, form)}`,
    `# TYPE ${family} ${kind}`,
    ...(form === 'open-metrics' && unit !== undefined ? [`# UNIT ${family} ${unit}`] : []),
  ];
}

function body(name: MetricName, point: NumberPoint | HistogramPoint, form: ExpositionForm): string[] {
  if ('value' in point) return [`${name}${labelText(point.labels)} ${numberText(point.value)}`];
  const row = metricRow(name);
  const bounds = row.kind === 'histogram' ? row.bounds : [];
  let sum = 0;
  const buckets = point.counts.map((count, at) => {
    sum += count;
    const le = boundText(bounds[at] ?? Number.POSITIVE_INFINITY, form);
    return `${name}_bucket${labelText({ ...point.labels, le })} ${sum}`;
  });
  const labels = labelText(point.labels);
  return [...buckets, `${name}_sum${labels} ${numberText(point.sum)}`, `${name}_count${labels} ${sum}`];
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value, 'open-metrics')}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** In the text format, quotes of a help text stay as they are. */
function escaped(text: string, form: ExpositionForm): string {
  const lines = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return form === 'open-metrics' ? lines.replaceAll('"', '\\"') : lines;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

/** OpenMetrics writes bounds as numbers with a fraction. */
function boundText(bound: number, form: ExpositionForm): string {
  const text = numberText(bound);
  return form === 'open-metrics' && /^\d+$/.test(text) ? `${text}.0` : text;
}

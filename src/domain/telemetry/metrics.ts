/**
 * Metrics of Neargate and its tasks as figures: one form for Prometheus, for OTLP and for the way from an agent to the
 * control plane. What a metric is stands in the tables; a figure names it.
 */
import type { AnyMetricRow, CounterRow, HistogramRow } from './metric-table.ts';
import { NEARGATE_METRICS } from './neargate-metrics.ts';
import { TASK_METRICS } from './task-metrics.ts';

/** Every metric by its name at `/metrics`. docs/metrics.md is made of it. */
export const METRICS = { ...TASK_METRICS, ...NEARGATE_METRICS };

export type MetricName = keyof typeof METRICS;

type NamesOf<Row> = { [N in MetricName]: (typeof METRICS)[N] extends Row ? N : never }[MetricName];
export type CounterName = NamesOf<CounterRow>;
export type HistogramName = NamesOf<HistogramRow>;

export type Labels = Readonly<Record<string, string>>;

/** A value for each of the metric's own labels. */
export type LabelsOf<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]['labels'][number], string>>;

export interface NumberPoint {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramPoint {
  readonly labels: Labels;
  /** How many were in each bucket, that above the last bound included; not summed up. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The figures of one metric. Points of a histogram have counts, all others a value. */
export interface MetricFamily {
  readonly name: MetricName;
  readonly points: readonly (NumberPoint | HistogramPoint)[];
}

/** Figures of one thing: a container, a task, a process. */
export interface MetricGroup {
  /** What the thing is, by OpenTelemetry's semantic conventions. */
  readonly resource: Labels;
  /** What its lines have in common. */
  readonly labels: Labels;
  /** Since when its counters count; epoch milliseconds. */
  readonly since: number;
  /** When it was measured, where that was not now; epoch milliseconds. */
  readonly at?: number;
  readonly families: readonly MetricFamily[];
}

/** What the table says of a metric. */
export function metricRow(name: MetricName): AnyMetricRow {
  return METRICS[name];
}

/** A figure without labels of its own. */
export function figure(name: MetricName, value: number): MetricFamily {
  return { name, points: [{ labels: {}, value }] };
}

/** Families from elsewhere, without what this version does not know or cannot be. */
export function knownFamilies(families: readonly unknown[]): MetricFamily[] {
  return families.filter(isKnownFamily);
}

function isKnownFamily(family: unknown): family is MetricFamily {
  const { name, points } = (family ?? {}) as Partial<Record<keyof MetricFamily, unknown>>;
  if (typeof name !== 'string' || !Object.hasOwn(METRICS, name) || !Array.isArray(points)) return false;
  const row = metricRow(name as MetricName);
  return points.every((point: unknown) => fits(point, row));
}

function fits(point: unknown, row: AnyMetricRow): boolean {
  const { labels, value, counts, sum } = (point ?? {}) as Record<string, unknown>;
  const texts = Object.entries((labels ?? {}) as object);
  if (!texts.every(([name, text]) => row.labels.includes(name) && typeof text === 'string')) return false;
  if (row.kind !== 'histogram') return typeof value === 'number';
  const isList = Array.isArray(counts) && counts.length === row.bounds.length + 1;
  return isList && counts.every((count) => typeof count === 'number') && typeof sum === 'number';
}

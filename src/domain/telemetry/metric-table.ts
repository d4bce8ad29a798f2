/** How a row of the tables of metrics says what a metric is. */

/** What a metric is measured of: that decides which further labels its lines have. */
export type MetricSubject = 'container' | 'task' | 'control plane' | 'machine';

/** Base units of Prometheus; the name of a metric ends with it. */
export type MetricUnit = 'seconds' | 'bytes' | 'bytes_per_second';

interface MetricRow {
  readonly of: MetricSubject;
  /** Its own labels, besides those of its subject. */
  readonly labels: readonly string[];
  readonly unit?: MetricUnit;
  /** One line. */
  readonly help: string;
}

export interface CounterRow extends MetricRow {
  readonly kind: 'counter';
}

export interface GaugeRow extends MetricRow {
  readonly kind: 'gauge';
}

export interface HistogramRow extends MetricRow {
  readonly kind: 'histogram';
  /** Upper bounds of its buckets, rising; one more takes what is above. */
  readonly bounds: readonly number[];
}

export type AnyMetricRow = CounterRow | GaugeRow | HistogramRow;

/** Labels of all metrics of a subject. */
export const SUBJECT_LABELS: Readonly<Record<MetricSubject, readonly string[]>> = {
  container: [
    'account',
    'region',
    'availability_zone',
    'cluster',
    'family',
    'revision',
    'task_id',
    'container',
  ],
  task: ['account', 'region', 'availability_zone', 'cluster', 'family', 'revision', 'task_id'],
  'control plane': [],
  machine: ['machine'],
};

/** Metrics as CloudWatch has them: what a metric is, what is put into it, and what is read of it. */

export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** Namespace, name and dimensions together are the metric: another set of dimensions is another metric. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  /** In the order of their names, each name once. */
  readonly dimensions: readonly Dimension[];
}

/** A value, and how many times it was seen. */
export interface ValueCount {
  readonly value: number;
  readonly count: number;
}

/** What a publisher that keeps no single values knows of them. */
export interface StatisticSet {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Something put into a metric. `at` is epoch milliseconds. */
export interface MetricDatum {
  readonly metric: MetricIdentity;
  readonly at: number;
  /** CloudWatch's name of a unit, `None` where there is none. */
  readonly unit: string;
  /** Single values, or what is known of values that were not kept; the latter have no percentiles. */
  readonly content: { readonly values: readonly ValueCount[] } | { readonly set: StatisticSet };
  /** Seconds: 1 for a high-resolution metric, otherwise 60. */
  readonly resolution: 1 | 60;
}

/** All that was put into a metric in one period, in one unit. */
export interface MetricBucket extends StatisticSet {
  /** Epoch milliseconds of the period's beginning, a whole multiple of the period since the epoch. */
  readonly start: number;
  readonly unit: string;
  /**
   * How the values lie, in rising order; counts sum up to `sampleCount`. Values may be within 1 % of those put. Absent
   * where a statistic set is among what was put, of which CloudWatch knows no percentiles either (unless its values are
   * all the same one).
   */
  readonly distribution?: readonly ValueCount[];
}

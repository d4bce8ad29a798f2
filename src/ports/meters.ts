/**
 * Where a process counts and measures itself. What is counted stands in the tables of domain/telemetry; nothing here
 * waits, fails or writes anywhere, so that any code may count.
 */
import type { CounterName, HistogramName, LabelsOf, MetricFamily } from '../domain/telemetry/metrics.ts';

export interface Counter<L> {
  /** Adds 1, or so many (never less than 0). */
  add(labels: L, amount?: number): void;
}

export interface Histogram<L> {
  /** Takes one observation, in the unit of the metric. */
  observe(labels: L, value: number): void;
}

export interface Meters {
  /** The same one each time. */
  counter<N extends CounterName>(name: N): Counter<LabelsOf<N>>;
  histogram<N extends HistogramName>(name: N): Histogram<LabelsOf<N>>;
  /**
   * From now on asks for these figures whenever figures are asked for. A source that fails is left out then, and
   * counted.
   */
  source(figures: () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>): void;
  /** All figures as they are now. What has labels has points of those only that something was put into. */
  collect(): Promise<MetricFamily[]>;
}

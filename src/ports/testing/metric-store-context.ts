/** What the suites of the metric store share. */
import type { MetricBucket, MetricDatum, MetricIdentity } from '../../domain/metrics/metric.ts';
import type { MetricStore } from '../metric-store.ts';
import type { ManualClock } from './manual-clock.ts';

/** The store of the test that runs, made anew for each. */
export interface MetricStoreContext {
  readonly store: () => MetricStore;
  readonly clock: () => ManualClock;
  /** Another empty store and clock in place of the test's. */
  readonly renew: () => Promise<void>;
  /** Ends the store, and goes on with what it left. */
  readonly reopen: () => Promise<void>;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const SCOPE = { account: '123456789012', region: 'eu-central-1' };

/** `dimensions` as `Name=value`, in order. */
export const aMetric = (name = 'Load', ...dimensions: string[]): MetricIdentity => ({
  namespace: 'Test',
  name,
  dimensions: dimensions.map((one) => {
    const [dimension = '', value = ''] = one.split('=');
    return { name: dimension, value };
  }),
});

/** Single values, each seen once. */
export function values(at: number, list: readonly number[], other: Partial<MetricDatum> = {}): MetricDatum {
  const content = { values: list.map((value) => ({ value, count: 1 })) };
  return { metric: aMetric(), at, unit: 'None', resolution: 60, content, ...other };
}

/** What there is of the metric, at any time. */
export function readAll(
  store: MetricStore,
  period = 60,
  metric = aMetric(),
): Promise<readonly MetricBucket[]> {
  return store.read(SCOPE, { metric, start: 0, end: 8.64e15, period });
}

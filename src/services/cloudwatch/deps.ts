/** What CloudWatch works with. */
import type { Clock } from '../../ports/clock.ts';
import type { MetricStore } from '../../ports/metric-store.ts';

export interface CloudWatchDeps {
  readonly metrics: MetricStore;
  readonly clock: Pick<Clock, 'now'>;
}

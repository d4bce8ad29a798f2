/** Somebody else's store of metrics, to which figures are pushed. */
import type { MetricGroup } from '../domain/telemetry/metrics.ts';

export interface MetricReceiver {
  /**
   * Pushes figures as they were at `now` (epoch milliseconds; groups that say when they were measured keep their time).
   * Resolves with the number of points that the receiver took not. Rejects with a kind that is worth another try
   * (`unavailable`, `deadline`; `retryAfterMs` in the details where the receiver said when), with `invalid` when it
   * refuses them, with `aborted` when the signal fires.
   */
  push(groups: readonly MetricGroup[], now: number, signal: AbortSignal): Promise<number>;
}

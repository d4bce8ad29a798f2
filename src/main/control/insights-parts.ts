/** Container Insights, put together: what machines measured becomes log events, metrics and the board. */
import { ClusterMinutes } from '../../control/insights/cluster-minutes.ts';
import { ContainerInsights } from '../../control/insights/container-insights.ts';
import { TelemetryBoard } from '../../control/insights/telemetry-board.ts';
import type { MinutesHost } from '../../control/link/agent-session.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MetricStore } from '../../ports/metric-store.ts';
import type { Store } from '../../ports/store.ts';
import { StoredPlatformLogs } from '../../services/logs/platform-logs.ts';

export interface InsightsParts {
  readonly store: Store;
  readonly metrics: MetricStore;
  readonly logger: Logger;
}

export interface Insights {
  readonly minutes: MinutesHost;
  /** What was measured last of each task. */
  readonly board: TelemetryBoard;
}

/** Tells of clusters until the signal fires. */
export function createInsights({ store, metrics, logger }: InsightsParts, signal: AbortSignal): Insights {
  const base = { store, metrics, clock: systemClock, logger };
  const logs = new StoredPlatformLogs({ ...base, ids: randomIds });
  const board = new TelemetryBoard();
  void new ClusterMinutes({ ...base, logs }).run(signal);
  return { board, minutes: new ContainerInsights({ ...base, logs, board }) };
}

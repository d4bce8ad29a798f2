/** Says each minute what a cluster that wants Container Insights consists of, also when it is empty. */
import type { Scope } from '../../domain/arn.ts';
import type { ClusterRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { insightsLevel } from '../../domain/insights/insights-level.ts';
import { metricData } from '../../domain/insights/metric-data.ts';
import { clusterRecord } from '../../domain/insights/performance-records.ts';
import { keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Entry, Store } from '../../ports/store.ts';
import type { InsightsDeps } from './container-insights.ts';
import { performanceLog } from './performance-log.ts';

const MINUTE_MS = 60_000;
const SCOPE = /^a\/([^/]+)\/([^/]+)\//;
const WRITER = 'control plane';
/** After all that begins with a scope's prefix. */
const LAST = '\u{10ffff}';

export interface ClusterMinutesDeps extends Pick<InsightsDeps, 'store' | 'logs' | 'metrics'> {
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ClusterMinutes {
  readonly #deps: ClusterMinutesDeps;

  constructor(deps: ClusterMinutesDeps) {
    this.#deps = deps;
  }

  /** Works until the signal fires. A minute that cannot be written is left out. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    let last = minuteOf(clock.now());
    for (;;) {
      await clock.sleep(MINUTE_MS - (clock.now() % MINUTE_MS), signal).catch(() => undefined);
      if (signal.aborted) return;
      const at = minuteOf(clock.now());
      // A timer may be early, and a clock be set back.
      if (at <= last) continue;
      last = at;
      await this.tell(at).catch((error: unknown) => logger.error('insights: no clusters', { error }));
    }
  }

  /** Of all clusters, at this minute (epoch milliseconds). Not to be repeated: what failed of it is left out. */
  async tell(at: number): Promise<void> {
    for (const scope of await scopes(this.#deps.store)) {
      await this.#tellScope(scope, at).catch((error: unknown) => {
        this.#deps.logger.error('insights: cannot tell of clusters', { ...scope, error });
      });
    }
  }

  async #tellScope(scope: Scope, at: number): Promise<void> {
    const { store, logs, metrics } = this.#deps;
    const clusters = await store.range<ClusterRecord>({ prefix: keys.clusters(scope) });
    const found = await Promise.all(clusters.map((cluster) => this.#record(scope, cluster, at)));
    const records = found.flatMap((record) => record ?? []);
    if (records.length === 0) return;
    const events = records.map((record) =>
      performanceLog(scope, String(record['ClusterName']), WRITER, [record]),
    );
    await logs.append(events, [], []);
    await metrics.put(scope, metricData(records));
  }

  async #record(scope: Scope, { value: cluster }: Entry<ClusterRecord>, at: number) {
    const level = insightsLevel(cluster);
    if (level === undefined) return undefined;
    const { clusterName } = cluster;
    const tasks = await this.#deps.store.range<TaskRecord>({ prefix: keys.tasks(scope, clusterName) });
    const taskCount = tasks.filter(({ value }) => value.lastStatus === 'RUNNING').length;
    // Services are not served yet.
    return clusterRecord({ clusterName, at, taskCount, serviceCount: 0 }, level);
  }
}

/** Accounts and regions that have something, found by skipping from one to the next. */
async function scopes(store: Store): Promise<readonly Scope[]> {
  const found: Scope[] = [];
  let after: string | undefined;
  for (;;) {
    const [entry] = await store.range({
      prefix: keys.resources(),
      limit: 1,
      ...(after !== undefined && { after }),
    });
    const [prefix, account = '', region = ''] = SCOPE.exec(entry?.key ?? '') ?? [];
    if (prefix === undefined) return found;
    found.push({ account, region });
    after = `${prefix}${LAST}`;
  }
}

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

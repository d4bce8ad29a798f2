/**
 * Container Insights: makes of what machines measured the performance log events and the metrics of clusters that
 * want it, and keeps the board of what was measured last.
 *
 * INVARIANT: a batch is written once, however often it is told. The number of a machine's last batch is on record with
 * its log events, and again with its metrics, where these are kept; a crash between the two is mended by the repeat.
 */
import { parseArn, type Scope } from '../../domain/arn.ts';
import type { ClusterRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { type InsightsLevel, insightsLevel } from '../../domain/insights/insights-level.ts';
import { type MeasuredTask, measuredTask } from '../../domain/insights/measured-task.ts';
import { metricData } from '../../domain/insights/metric-data.ts';
import { type PerformanceRecord, taskRecords } from '../../domain/insights/performance-records.ts';
import { keys } from '../../domain/keys.ts';
import type { MinuteBatch, TaskMinute } from '../../domain/telemetry/task-minute.ts';
import type { MetricStore } from '../../ports/metric-store.ts';
import type { PlatformLogs } from '../../ports/platform-logs.ts';
import type { Entry, Store } from '../../ports/store.ts';
import type { MinutesHost } from '../link/agent-session.ts';
import { performanceLog } from './performance-log.ts';
import type { TelemetryBoard } from './telemetry-board.ts';

const MAX_TRIES = 20;

export interface InsightsDeps {
  readonly store: Store;
  readonly metrics: MetricStore;
  readonly logs: PlatformLogs;
  readonly board: TelemetryBoard;
}

/** The last batch whose log events are on record. */
interface InsightsMark {
  readonly run: string;
  readonly number: number;
}

interface Measured {
  readonly task: MeasuredTask;
  readonly minute: TaskMinute;
}

/** What is to be written of one cluster. */
interface ClusterRecords {
  readonly scope: Scope;
  readonly clusterName: string;
  readonly records: readonly PerformanceRecord[];
}

export class ContainerInsights implements MinutesHost {
  readonly #deps: InsightsDeps;

  constructor(deps: InsightsDeps) {
    this.#deps = deps;
  }

  async minutes(machineId: string, batch: MinuteBatch): Promise<void> {
    const measured = await this.#measured(machineId, batch.tasks);
    for (const one of measured) this.#deps.board.put({ machineId, ...one });
    const clusters = await this.#clusterRecords(measured);
    if (clusters.length === 0) return;
    await this.#writeLogs(machineId, batch, clusters);
    await this.#putMetrics(`container-insights ${machineId} ${batch.run}`, batch.number, clusters);
  }

  /** A machine is believed about its own tasks. Of a task that nobody knows any more nothing is told. */
  async #measured(machineId: string, minutes: readonly TaskMinute[]): Promise<readonly Measured[]> {
    const named = minutes.flatMap((minute) => {
      const key = taskKey(minute);
      return key === undefined ? [] : [{ key, minute }];
    });
    const entries = await this.#deps.store.getMany<TaskRecord>(named.map(({ key }) => key));
    return named.flatMap(({ minute }, index) => {
      const record = entries[index]?.value;
      return record?.machineId === machineId ? [{ task: measuredTask(record), minute }] : [];
    });
  }

  async #clusterRecords(measured: readonly Measured[]): Promise<readonly ClusterRecords[]> {
    const byCluster = new Map<string, Measured[]>();
    for (const one of measured) {
      const key = keys.cluster(one.task, one.task.clusterName);
      byCluster.set(key, [...(byCluster.get(key) ?? []), one]);
    }
    const clusters = await this.#deps.store.getMany<ClusterRecord>([...byCluster.keys()]);
    return [...byCluster.values()].flatMap((tasks, index) => {
      const [first] = tasks;
      const level = levelOf(clusters[index]);
      if (first === undefined || level === undefined) return [];
      const { account, region, clusterName } = first.task;
      const records = tasks.flatMap(({ task, minute }) => taskRecords(task, minute, level));
      return [{ scope: { account, region }, clusterName, records }];
    });
  }

  async #writeLogs(
    machineId: string,
    { run, number }: MinuteBatch,
    clusters: readonly ClusterRecords[],
  ): Promise<void> {
    const { store, logs } = this.#deps;
    const key = keys.insightsMark(machineId);
    const events = clusters.map(({ scope, clusterName, records }) =>
      performanceLog(scope, clusterName, machineId, records),
    );
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const mark = await store.get<InsightsMark>(key);
      if (mark !== undefined && mark.value.run === run && mark.value.number >= number) return;
      const condition = { key, revision: mark?.revision ?? 0 };
      if (await logs.append(events, [condition], [{ put: key, value: { run, number } }])) return;
    }
    throw new Error(`what machine ${machineId} measured keeps being written by others`);
  }

  async #putMetrics(publisher: string, number: number, clusters: readonly ClusterRecords[]): Promise<void> {
    const byScope = new Map<string, { readonly scope: Scope; readonly records: PerformanceRecord[] }>();
    for (const { scope, records } of clusters) {
      const key = `${scope.account} ${scope.region}`;
      const known = byScope.get(key) ?? { scope, records: [] };
      byScope.set(key, { scope, records: [...known.records, ...records] });
    }
    for (const { scope, records } of byScope.values()) {
      await this.#deps.metrics.put(scope, metricData(records), { publisher, number });
    }
  }
}

function levelOf(cluster: Entry<ClusterRecord> | undefined): InsightsLevel | undefined {
  return cluster === undefined ? undefined : insightsLevel(cluster.value);
}

function taskKey({ taskId, taskArn }: TaskMinute): string | undefined {
  const arn = parseArn(taskArn);
  const [type, clusterName = '', id] = arn?.resource.split('/') ?? [];
  return arn === undefined || type !== 'task' || id !== taskId
    ? undefined
    : keys.task(arn, clusterName, taskId);
}

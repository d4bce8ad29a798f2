/**
 * Follows the records of all tasks: counts them by their status, measures launches from RunTask to RUNNING, counts ends
 * by their stop code, and makes figures of the tasks that run. What was before its start is in no counter.
 */
import type { TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { Labels, MetricFamily, MetricGroup } from '../../domain/telemetry/metrics.ts';
import { taskGroups } from '../../domain/telemetry/task-groups.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Meters } from '../../ports/meters.ts';
import type { Change, Store } from '../../ports/store.ts';
import { isTaskKey } from '../tasks/task-key.ts';

export interface TaskCensusDeps {
  readonly store: Store;
  readonly meters: Meters;
  readonly clock: Clock;
  /** The newest minutes of tasks that run; `now` is epoch milliseconds. */
  readonly minutes: (now: number) => readonly { readonly minute: TaskMinute }[];
}

/** What is kept of a record. */
interface Known {
  readonly labels: Labels;
  readonly hasStarted: boolean;
}

export class TaskCensus {
  readonly #deps: TaskCensusDeps;
  readonly #tasks = new Map<string, Known>();
  readonly #launches: ReturnType<typeof launchMeters>;

  constructor(deps: TaskCensusDeps) {
    this.#deps = deps;
    this.#launches = launchMeters(deps.meters);
  }

  /** Resolves when all tasks are known; follows them until the signal fires. */
  async start(signal: AbortSignal): Promise<void> {
    const { store } = this.#deps;
    const changes = store.watch(keys.resources(), signal);
    for (const { key, value } of await store.range<TaskRecord>({ prefix: keys.resources() })) {
      if (isTaskKey(key)) this.#tasks.set(key, known(value));
    }
    void this.#follow(changes);
  }

  /** How many tasks there are. */
  families(): MetricFamily[] {
    const counts = new Map<string, { readonly labels: Labels; value: number }>();
    for (const { labels } of this.#tasks.values()) {
      const key = Object.values(labels).join(' ');
      const count = counts.get(key) ?? { labels, value: 0 };
      counts.set(key, count);
      count.value += 1;
    }
    return [{ name: 'neargate_tasks', points: [...counts.values()] }];
  }

  /** Of the tasks that run, and their containers. */
  async groups(): Promise<MetricGroup[]> {
    const { store, clock, minutes } = this.#deps;
    const running = [...this.#tasks].filter(([, { labels }]) => labels['status'] === 'RUNNING');
    const records = await store.getMany<TaskRecord>(running.map(([key]) => key));
    const byTask = new Map(minutes(clock.now()).map(({ minute }) => [minute.taskId, minute]));
    return records.flatMap((entry) => {
      return entry?.value.lastStatus === 'RUNNING'
        ? taskGroups(entry.value, byTask.get(entry.value.taskId))
        : [];
    });
  }

  async #follow(changes: AsyncIterable<readonly Change[]>): Promise<void> {
    for await (const batch of changes) {
      for (const { key, entry } of batch) {
        if (!isTaskKey(key)) continue;
        if (entry === undefined) this.#tasks.delete(key);
        else this.#changed(key, entry.value as TaskRecord);
      }
    }
  }

  #changed(key: string, record: TaskRecord): void {
    const before = this.#tasks.get(key);
    const { startedAt, createdAt, stopCode = 'unknown' } = record;
    this.#tasks.set(key, known(record));
    if (startedAt !== undefined && before?.hasStarted !== true) {
      this.#launches.duration.observe({}, Math.max(0, startedAt - createdAt) / 1000);
    }
    if (record.lastStatus !== 'STOPPED' || before?.labels['status'] === 'STOPPED') return;
    const ends = startedAt === undefined ? this.#launches.failures : this.#launches.stops;
    ends.add({ stop_code: stopCode });
  }
}

function launchMeters(meters: Meters) {
  return {
    duration: meters.histogram('neargate_task_launch_duration_seconds'),
    failures: meters.counter('neargate_task_launch_failures_total'),
    stops: meters.counter('neargate_task_stops_total'),
  };
}

function known({ account, region, clusterName, lastStatus, startedAt }: TaskRecord): Known {
  const labels = { account, region, cluster: clusterName, status: lastStatus };
  return { labels, hasStarted: startedAt !== undefined };
}

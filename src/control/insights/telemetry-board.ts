/** The newest minute of each task that runs, of all clusters. In memory: a new process knows them a minute later. */
import type { MeasuredTask } from '../../domain/insights/measured-task.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';

/** From here on a task that nobody tells of any more is gone, or its machine is. */
const FRESH_MS = 150_000;

export interface TaskTelemetry {
  readonly machineId: string;
  /** As its record was when the minute came. */
  readonly task: MeasuredTask;
  readonly minute: TaskMinute;
}

export class TelemetryBoard {
  readonly #tasks = new Map<string, TaskTelemetry>();
  #newestAt = 0;

  /** Tasks that are kept. */
  get size(): number {
    return this.#tasks.size;
  }

  /** A minute that came late does not replace a newer one. */
  put(telemetry: TaskTelemetry): void {
    const { taskId, at } = telemetry.minute;
    const known = this.#tasks.get(taskId);
    if (known === undefined || known.minute.at <= at) this.#tasks.set(taskId, telemetry);
    if (at <= this.#newestAt) return;
    this.#newestAt = at;
    this.#forget(at);
  }

  /** Of the tasks that are running, ordered by nothing. `now` is epoch milliseconds. */
  running(now: number): readonly TaskTelemetry[] {
    this.#forget(now);
    return [...this.#tasks.values()].filter(({ minute }) =>
      minute.containers.some(({ status }) => status === 'RUNNING'),
    );
  }

  #forget(now: number): void {
    for (const [taskId, { minute }] of this.#tasks) {
      if (now - minute.at > FRESH_MS) this.#tasks.delete(taskId);
    }
  }
}

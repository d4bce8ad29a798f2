/** The meters of all tasks of the machine: what is read of them, and the minutes that are made of it. */
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { type ContainerDescription, type DiskReading, TaskMeter } from '../../domain/telemetry/task-meter.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';
import type { NetworkFigures, Reading } from '../../domain/metadata/statistics.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { type ContainerFacts, isAlive, type TaskFacts } from '../runner/facts.ts';

const MINUTE_MS = 60_000;
/** A piece of a minute that is shorter says nothing; it is told with the next. */
const SHORTEST_MS = 10_000;

/** A task with its facts as they are whenever they are asked for. */
export interface MeteredTask {
  readonly assignment: TaskAssignment;
  readonly facts: () => TaskFacts;
  /** Its interface and its disk were made by this agent, which has seen all that they counted. */
  readonly isNew: boolean;
}

interface Metered {
  readonly task: MeteredTask;
  readonly meter: TaskMeter;
}

export class MinuteMeters {
  readonly #tasks = new Map<string, Metered>();
  /** When the minute began that is measured now, and when it ends. */
  #since: number;
  #until: number;

  /** What was made in the minute before `now` used nothing in it: the minute is whole all the same. */
  constructor(now: number) {
    this.#until = nextEnd(now);
    this.#since = Math.min(now, this.#until - MINUTE_MS);
  }

  /** The minute that is measured has ended. A clock that was set back begins a new one. */
  isOver(now: number): boolean {
    if (now < this.#since) this.#until = Math.min(this.#until, nextEnd(now));
    return now >= this.#until;
  }

  /** What was read of a container, and of its task's interface at the same moment. */
  container(task: MeteredTask, runtimeId: string, { figures, network, at }: Reading): void {
    const { startedAt } = task.facts().containers.find((one) => one.runtimeId === runtimeId) ?? {};
    const isNew = startedAt !== undefined && startedAt >= this.#since;
    const meter = this.#meter(task);
    meter.container(runtimeId, figures, { at, since: this.#since, isNew });
    if (network !== undefined) meter.network(network, at);
  }

  /** What was read of what all its containers share; what is gone is absent. */
  task(
    task: MeteredTask,
    {
      network,
      disk,
    }: { readonly network?: NetworkFigures | undefined; readonly disk?: DiskReading | undefined },
    at: number,
  ): void {
    const meter = this.#meter(task);
    if (network !== undefined) meter.network(network, at);
    if (disk !== undefined) meter.disk(disk, at);
  }

  /** Ends the minute, of which everything has been read by now. Tasks that are not `present` are forgotten. */
  take(now: number, present: ReadonlySet<string>): readonly TaskMinute[] {
    this.#since = now;
    this.#until = nextEnd(now);
    const at = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    return [...this.#tasks].flatMap(([taskId, { task, meter }]) => {
      if (!present.has(taskId)) this.#tasks.delete(taskId);
      const { metadata, insightsNetworkMetrics } = platformVersion(task.assignment.platformVersion);
      const description = {
        ...{ taskId, at, taskArn: task.assignment.taskArn },
        containers: task.facts().containers.map((container) => describe(task.assignment, container)),
        hasNetwork: insightsNetworkMetrics,
        hasEphemeralStorage: metadata.storageStatistics,
      };
      return meter.take(description, now) ?? [];
    });
  }

  #meter(task: MeteredTask): TaskMeter {
    const { taskId } = task.assignment;
    const known = this.#tasks.get(taskId);
    if (known !== undefined) return known.meter;
    const meter = new TaskMeter(this.#since, task.isNew);
    this.#tasks.set(taskId, { task, meter });
    return meter;
  }
}

/** The end of the minute, or of the next one. */
function nextEnd(now: number): number {
  return Math.ceil((now + SHORTEST_MS) / MINUTE_MS) * MINUTE_MS;
}

function describe({ containers }: TaskAssignment, facts: ContainerFacts): ContainerDescription {
  const definition = containers.find((one) => one.definition.name === facts.name)?.definition;
  return {
    name: facts.name,
    runtimeId: facts.runtimeId,
    image: definition?.image ?? '',
    status: isAlive(facts) ? 'RUNNING' : 'STOPPED',
    ...(definition?.restartPolicy?.enabled === true && { restartCount: facts.restartCount ?? 0 }),
    health: facts.health?.status ?? 'UNKNOWN',
  };
}

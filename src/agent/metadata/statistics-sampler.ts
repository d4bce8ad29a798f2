/**
 * Samples of the containers that run: each first a second after it was seen, then every ten seconds, as on Fargate.
 * Kept are the last two. Counters go on over a container's restarts, though its cgroup begins anew. What is read also
 * goes to the meters of minutes, which need all that runs to be read when a minute ends, and once more before a
 * container's cgroup goes.
 */
import { availableParallelism } from 'node:os';
import type { ContainerFigures, Reading, Sample } from '../../domain/metadata/statistics.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskCgroups } from '../../ports/task-cgroups.ts';
import type { TaskDisks } from '../../ports/task-disks.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { hasKind } from '../../domain/errors.ts';
import { isAlive } from '../runner/facts.ts';
import { type MeteredTask, MinuteMeters } from '../telemetry/minute-meters.ts';
import { nowAndThen } from '../waiting.ts';
import { sumOfRuns } from './sum-of-runs.ts';

const LOOK_EVERY_MS = 1_000;
const SAMPLE_EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
/** Within this the machine's processor time is read for several tasks together: a thousandth of what lies between samples. */
const SAME_MOMENT_MS = 10;

export interface SamplePair {
  readonly last: Sample;
  readonly before?: Sample;
}

export interface SamplerDeps {
  readonly cgroups: Pick<TaskCgroups, 'figures'>;
  readonly network: Pick<TaskNetwork, 'counters'>;
  readonly disks: Pick<TaskDisks, 'usage'>;
  /** Processor time of the whole machine since it was started, nanoseconds. */
  readonly systemCpu: () => Promise<number>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks: () => readonly MeteredTask[];
  /** Told what was measured, when a minute has ended. */
  readonly onMinute: (tasks: readonly TaskMinute[]) => void;
}

interface RunningContainer {
  readonly dockerId: string;
  readonly restartCount: number;
}

interface Watched {
  readonly seenAt: number;
  readonly pair?: SamplePair;
  /** What its earlier runs used, and which run it is. */
  readonly earlier?: ContainerFigures;
  readonly restartCount: number;
  /** Of the present run alone. */
  readonly latest?: ContainerFigures;
  readonly isRunning: boolean;
}

export class StatisticsSampler {
  readonly #deps: SamplerDeps;
  readonly #watched = new Map<string, Watched>();
  readonly #meters: MinuteMeters;
  #nextLookAt = 0;
  #machine: { readonly at: number; readonly cpu: number } | undefined;

  constructor(deps: SamplerDeps) {
    this.#deps = deps;
    this.#meters = new MinuteMeters(deps.clock.now());
  }

  /** Samples until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    this.#nextLookAt = clock.now() + LOOK_EVERY_MS;
    await nowAndThen(clock, () => this.#untilNext(), signal, {
      work: () => this.#work(),
      onError: (error) => logger.warn('metadata: cannot sample', { error }),
    });
  }

  /** The newest samples of a container that runs, the same object until the next; undefined before its first. */
  samples(dockerId: string): SamplePair | undefined {
    const { pair, isRunning } = this.#watched.get(dockerId) ?? {};
    return isRunning === true ? pair : undefined;
  }

  /** Reads what a container has used before its cgroup goes. Of what fails the minute has less; never rejects. */
  async runEnds(task: MeteredTask, dockerId: string): Promise<void> {
    const facts = task.facts().containers.find(({ runtimeId }) => runtimeId === dockerId);
    if (facts?.startedAt === undefined) return;
    try {
      const { restartCount = 0 } = facts;
      await this.#read(task, [{ dockerId, restartCount }]);
      await this.#readShared(task);
    } catch (error) {
      this.#deps.logger.warn('metadata: cannot read what a container used', { container: dockerId, error });
    }
  }

  /** The end of a minute is not waited over. A clock may be set back. */
  #untilNext(): number {
    const now = this.#deps.clock.now();
    this.#nextLookAt = Math.min(this.#nextLookAt, now + LOOK_EVERY_MS);
    return Math.max(Math.min(this.#nextLookAt - now, MINUTE_MS - (now % MINUTE_MS)), 0);
  }

  async #work(): Promise<void> {
    const now = this.#deps.clock.now();
    const tasks = this.#deps.tasks();
    if (now >= this.#nextLookAt) {
      this.#nextLookAt = now + LOOK_EVERY_MS;
      this.#forget(tasks);
      await this.#ofEach(tasks, (task) => this.#sampleDue(task, now));
    }
    if (!this.#meters.isOver(now)) return;
    await this.#ofEach(tasks, async (task) => {
      await this.#read(task, runningContainers(task));
      await this.#readShared(task);
    });
    // As it is now: a task may have come or gone while the others were read.
    const present = new Set(this.#deps.tasks().map(({ assignment }) => assignment.taskId));
    this.#deps.onMinute(this.#meters.take(this.#deps.clock.now(), present));
  }

  /** What fails of one task leaves the others as they are. */
  async #ofEach(tasks: readonly MeteredTask[], work: (task: MeteredTask) => Promise<void>): Promise<void> {
    for (const task of tasks) {
      const { taskId } = task.assignment;
      await work(task).catch((error: unknown) => {
        this.#deps.logger.warn('metadata: cannot read what a task uses', { taskId, error });
      });
      // Reading does not wait for anything: those who ask meanwhile get their turn.
      await new Promise(setImmediate);
    }
  }

  /** Those that ended, and those whose task is gone. */
  #forget(tasks: readonly MeteredTask[]): void {
    const containers = new Map(
      tasks.flatMap(({ facts }) => facts().containers.map((one) => [one.runtimeId, isAlive(one)])),
    );
    for (const [dockerId, watched] of this.#watched) {
      const isRunning = containers.get(dockerId);
      if (isRunning === undefined) this.#watched.delete(dockerId);
      else if (!isRunning && watched.isRunning) this.#watched.set(dockerId, { ...watched, isRunning });
    }
  }

  #watch({ dockerId, restartCount }: RunningContainer, now: number): Watched {
    const known = this.#watched.get(dockerId);
    if (known !== undefined) return known;
    const watched = { seenAt: now, restartCount, isRunning: true };
    this.#watched.set(dockerId, watched);
    return watched;
  }

  async #sampleDue(task: MeteredTask, now: number): Promise<void> {
    const due = runningContainers(task).filter((container) => now >= nextAt(this.#watch(container, now)));
    if (due.length === 0) return;
    const machine = await this.#machineCpu();
    for (const [dockerId, read] of await this.#read(task, due)) {
      const watched = this.#watched.get(dockerId);
      if (watched === undefined) continue;
      const last: Sample = { ...read, systemCpu: machine };
      const before = watched.pair?.last;
      this.#watched.set(dockerId, { ...watched, pair: { last, ...(before !== undefined && { before }) } });
    }
  }

  /** Of the whole machine, read once for the tasks that are read right after one another. */
  async #machineCpu(): Promise<number> {
    const now = this.#deps.clock.now();
    if (this.#machine === undefined || Math.abs(now - this.#machine.at) > SAME_MOMENT_MS) {
      this.#machine = { at: now, cpu: await this.#deps.systemCpu() };
    }
    return this.#machine.cpu;
  }

  /** A container may end at any moment, and its task: then there is nothing to be read. */
  async #read(
    task: MeteredTask,
    containers: readonly RunningContainer[],
  ): Promise<ReadonlyMap<string, Reading>> {
    const { cgroups, network, clock } = this.#deps;
    const { taskId } = task.assignment;
    const read = new Map<string, Reading>();
    if (containers.length === 0) return read;
    const counters = await orAbsent(network.counters(taskId));
    for (const container of containers) {
      const own = await orAbsent(cgroups.figures(taskId, container.dockerId));
      if (own === undefined) continue;
      const sample = {
        at: clock.now(),
        figures: this.#overRuns(container, own),
        onlineCpus: availableParallelism(),
        ...(counters !== undefined && { network: counters }),
      };
      read.set(container.dockerId, sample);
      this.#meters.container(task, container.dockerId, sample);
    }
    return read;
  }

  /** What its runs used together, of which `own` is the present one. */
  #overRuns({ dockerId, restartCount }: RunningContainer, own: ContainerFigures): ContainerFigures {
    const watched = this.#watched.get(dockerId) ?? {
      ...{ seenAt: this.#deps.clock.now(), restartCount, isRunning: true },
    };
    const { latest } = watched;
    // The new cgroup may be seen before it is known that the container was restarted.
    const beganAnew = latest !== undefined && own.cpu.total < latest.cpu.total;
    const run = Math.max(restartCount, watched.restartCount + (beganAnew ? 1 : 0));
    const isAnother = latest !== undefined && run !== watched.restartCount;
    const earlier = isAnother ? sumOfRuns(watched.earlier, latest) : watched.earlier;
    this.#watched.set(dockerId, {
      ...watched,
      ...{ restartCount: run, latest: own },
      ...(earlier !== undefined && { earlier }),
    });
    return sumOfRuns(earlier, own);
  }

  async #readShared(task: MeteredTask): Promise<void> {
    const { network, disks, clock } = this.#deps;
    const { taskId } = task.assignment;
    const [counters, disk] = await Promise.all([
      orAbsent(network.counters(taskId)),
      orAbsent(disks.usage(taskId)),
    ]);
    this.#meters.task(task, { network: counters, disk }, clock.now());
  }
}

function runningContainers({ facts }: MeteredTask): RunningContainer[] {
  return facts()
    .containers.filter(isAlive)
    .map(({ runtimeId, restartCount = 0 }) => ({ dockerId: runtimeId, restartCount }));
}

function nextAt({ pair, seenAt }: Watched): number {
  return pair === undefined ? seenAt + LOOK_EVERY_MS : pair.last.at + SAMPLE_EVERY_MS;
}

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * Samples of the containers that run: each first a second after it was seen, then every ten seconds, as on Fargate.
 * Kept are the last two. Counters go on over a container's restarts, though its cgroup begins anew.
 */
import { availableParallelism } from 'node:os';
import type { ContainerFigures, Sample } from '../../domain/metadata/statistics.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskCgroups } from '../../ports/task-cgroups.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { hasKind } from '../../domain/errors.ts';
import { nowAndThen } from '../waiting.ts';
import { sumOfRuns } from './sum-of-runs.ts';

const LOOK_EVERY_MS = 1_000;
const SAMPLE_EVERY_MS = 10_000;

export interface SamplePair {
  readonly last: Sample;
  readonly before?: Sample;
}

/** A task, and its containers that run now. */
export interface SampledTask {
  readonly taskId: string;
  readonly running: readonly { readonly dockerId: string; readonly restartCount: number }[];
}

export interface SamplerDeps {
  readonly cgroups: Pick<TaskCgroups, 'figures'>;
  readonly network: Pick<TaskNetwork, 'counters'>;
  /** Processor time of the whole machine since it was started, nanoseconds. */
  readonly systemCpu: () => Promise<number>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks: () => readonly SampledTask[];
}

interface Watched extends Partial<SamplePair> {
  readonly seenAt: number;
  /** What its earlier runs used, and which run it is. */
  readonly earlier?: ContainerFigures;
  readonly restartCount: number;
  /** Of the present run alone. */
  readonly latest?: ContainerFigures;
}

export class StatisticsSampler {
  readonly #deps: SamplerDeps;
  readonly #watched = new Map<string, Watched>();

  constructor(deps: SamplerDeps) {
    this.#deps = deps;
  }

  /** Samples until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    await nowAndThen(clock, LOOK_EVERY_MS, signal, {
      work: () => this.#look(),
      onError: (error) => logger.warn('metadata: cannot sample', { error }),
    });
  }

  /** The newest samples of a container that runs; undefined before its first. */
  samples(dockerId: string): SamplePair | undefined {
    const { last, before } = this.#watched.get(dockerId) ?? {};
    return last === undefined ? undefined : { last, ...(before !== undefined && { before }) };
  }

  async #look(): Promise<void> {
    const now = this.#deps.clock.now();
    const tasks = this.#deps.tasks();
    const running = new Set(tasks.flatMap((task) => task.running.map(({ dockerId }) => dockerId)));
    for (const dockerId of this.#watched.keys()) if (!running.has(dockerId)) this.#watched.delete(dockerId);
    for (const task of tasks) {
      const due = task.running.filter(({ dockerId, restartCount }) => {
        const watched = this.#watched.get(dockerId);
        if (watched === undefined) this.#watched.set(dockerId, { seenAt: now, restartCount });
        return watched !== undefined && now >= nextAt(watched);
      });
      if (due.length > 0) await this.#sample(task.taskId, due);
    }
  }

  /** A container may end at any moment, and its task: then there is nothing to be sampled. */
  async #sample(taskId: string, due: SampledTask['running']): Promise<void> {
    const { cgroups, network, systemCpu, clock } = this.#deps;
    const [counters, machine] = await Promise.all([orAbsent(network.counters(taskId)), systemCpu()]);
    for (const { dockerId, restartCount } of due) {
      const own = await orAbsent(cgroups.figures(taskId, dockerId));
      const watched = this.#watched.get(dockerId);
      if (own === undefined || watched === undefined) continue;
      const earlier =
        restartCount === watched.restartCount || watched.latest === undefined
          ? watched.earlier
          : sumOfRuns(watched.earlier, watched.latest);
      const last: Sample = {
        at: clock.now(),
        figures: sumOfRuns(earlier, own),
        systemCpu: machine,
        onlineCpus: availableParallelism(),
        ...(counters !== undefined && { network: counters }),
      };
      this.#watched.set(dockerId, {
        ...{ seenAt: watched.seenAt, restartCount, latest: own, last },
        ...(watched.last !== undefined && { before: watched.last }),
        ...(earlier !== undefined && { earlier }),
      });
    }
  }
}

function nextAt({ last, seenAt }: Watched): number {
  return last === undefined ? seenAt + LOOK_EVERY_MS : last.at + SAMPLE_EVERY_MS;
}

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

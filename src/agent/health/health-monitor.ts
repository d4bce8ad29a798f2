/**
 * The health checks of a task's running containers: each runs its command in the container, one after the other with
 * the interval between, and tells what came of it. Ends with the container or the task; a restart of the agent begins
 * anew with the status that was known.
 */
import { open } from 'node:fs/promises';
import type { HealthCheck } from '../../domain/ecs/task-definition.ts';
import { hasKind, toAppError } from '../../domain/errors.ts';
import {
  type HealthState,
  type HealthTimes,
  healthCommand,
  healthTimes,
  nextHealth,
} from '../../domain/task/health.ts';
import type { HealthStatus } from '../../domain/task/lifecycle.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerRuntime } from '../../ports/container-runtime.ts';
import type { Logger } from '../../ports/logger.ts';

/** As much of a check's output as is kept, bytes. */
const OUTPUT_BYTES = 1024;

export interface HealthResult {
  readonly status: HealthStatus;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly exitCode?: number;
  readonly output: string;
}

export interface WatchedContainer {
  readonly name: string;
  readonly runtimeId: string;
  readonly check: HealthCheck;
  /** What the check writes goes here: a file on the task's disk, where the task's own limit bounds it. */
  readonly outputPath: string;
  readonly startedAt: number;
  readonly status: HealthStatus;
}

export interface HealthMonitorDeps {
  readonly runtime: Pick<ContainerRuntime, 'exec'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onResult: (container: string, result: HealthResult) => void;
}

export class HealthMonitor {
  readonly #deps: HealthMonitorDeps;
  readonly #watched = new Map<string, AbortController>();

  constructor(deps: HealthMonitorDeps) {
    this.#deps = deps;
  }

  /** Watches these containers and no others; one that is watched already goes on. */
  watch(containers: readonly WatchedContainer[]): void {
    const wanted = new Set(containers.map(({ name }) => name));
    for (const [name, ending] of this.#watched) {
      if (wanted.has(name)) continue;
      ending.abort();
      this.#watched.delete(name);
    }
    for (const container of containers) {
      if (this.#watched.has(container.name)) continue;
      const ending = new AbortController();
      this.#watched.set(container.name, ending);
      void this.#run(container, ending.signal);
    }
  }

  async #run(container: WatchedContainer, signal: AbortSignal): Promise<void> {
    const { clock, logger, onResult } = this.#deps;
    const times = healthTimes(container.check);
    let state: HealthState = {
      status: container.status,
      failures: 0,
      hasSucceeded: container.status === 'HEALTHY',
    };
    while (!signal.aborted) {
      try {
        await clock.sleep(times.intervalMs, signal);
        const outcome = await this.#check(container, times, signal);
        const now = clock.now();
        state = nextHealth(state, outcome.exitCode === 0, now - container.startedAt, times);
        if (!signal.aborted) onResult(container.name, { status: state.status, since: now, ...outcome });
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('health: a check could not be done', { container: container.name, error });
      }
    }
  }

  /** A command that cannot start, or does not end in time, is a failure as any other. */
  async #check(
    { runtimeId, check, outputPath }: WatchedContainer,
    { timeoutMs }: HealthTimes,
    signal: AbortSignal,
  ): Promise<{ exitCode?: number; output: string }> {
    try {
      const request = { args: healthCommand(check), outputPath, timeoutMs };
      const { exitCode } = await this.#deps.runtime.exec(runtimeId, request, signal);
      return { exitCode, output: await readStart(outputPath) };
    } catch (error) {
      if (hasKind(error, 'deadline')) {
        return { output: `Health check exceeded timeout (${timeoutMs / 1_000}s)` };
      }
      if (hasKind(error, 'invalid')) return { output: toAppError(error).message.slice(0, OUTPUT_BYTES) };
      throw error;
    }
  }
}

async function readStart(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(OUTPUT_BYTES), 0, OUTPUT_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

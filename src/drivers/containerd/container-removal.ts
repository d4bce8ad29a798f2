/**
 * The end of a container's process and of all that containerd, the shim and runc keep for it. It comes to an end in any
 * case: a shim that does not answer is killed, with all containers of its task.
 */
import { access, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import { nodeError } from '../../linux/errno.ts';
import { unmount } from '../../linux/mount.ts';
import { hasEndedWithin, signalProcess } from '../../linux/process-identity.ts';
import type { ContainerExit } from '../../ports/container-runtime.ts';
import type { Logger } from '../../ports/logger.ts';
import { type ProcessSummary, recordedLaunch, TASK_LABEL, taskIdOf, toExit } from './container-record.ts';
import type { ContainerdClient } from './grpc/containerd-client.ts';
import { bundlePath, leftoversOf, processOfContainer } from './leftover-containers.ts';
import { outputWritten } from './process-io.ts';
import { PROCESS_STATUS } from './proto/messages.ts';
import { findShims, killShims, whileShimAnswers } from './shim-process.ts';
import { removeDeadShimSocket, shimSocketPath } from './shim-socket.ts';
import type { UnbrokenWork } from './unbroken-work.ts';

const SIGKILL = 9;
/** How long a process may take to be gone after SIGKILL (it may sit in the kernel, waiting for a disk). */
const KILL_TIMEOUT_MS = 30_000;
/** How long the runtime itself may take to send it. */
const KILL_CALL_TIMEOUT_MS = 5_000;
const ALIVE: ReadonlySet<number> = new Set([
  PROCESS_STATUS.created,
  PROCESS_STATUS.running,
  PROCESS_STATUS.paused,
  PROCESS_STATUS.pausing,
]);
const DELETE_ATTEMPTS = 20;
const DELETE_PAUSE_MS = 100;
/** containerd gives itself five seconds to clear up after a shim. */
const CLEAR_UP_TIMEOUT_MS = 6_000;
const CLEAR_UP_PAUSE_MS = 20;
const END_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 5_000;

export interface ContainerRemovalOptions {
  readonly client: ContainerdClient;
  /** containerd's state directory. */
  readonly state: string;
  /** What is being done to containers, which is waited for. */
  readonly work: UnbrokenWork;
  readonly log: Logger | undefined;
}

export class ContainerRemoval {
  readonly #client: ContainerdClient;
  readonly #state: string;
  readonly #work: UnbrokenWork;
  readonly #log: Logger | undefined;

  constructor({ client, state, work, log }: ContainerRemovalOptions) {
    this.#client = client;
    this.#state = state;
    this.#work = work;
    this.#log = log;
  }

  /** Kills and removes a container's process; the record stays. Undefined where its exit is not known. May be repeated. */
  async removeProcess(id: string): Promise<ContainerExit | undefined> {
    try {
      const removed = await whileShimAnswers(this.#client, id, async (signal) => {
        await this.#work.settled(id, signal);
        return this.#deleteTask(id, signal);
      });
      if (removed.answers) return removed.value;
      this.#log?.warn('the shim of a container does not answer and is killed', { id });
      await killShims(this.#client, taskIdOf(id));
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
    await this.#clearUp(id);
    return undefined;
  }

  async #deleteTask(containerId: string, signal: AbortSignal): Promise<ContainerExit> {
    for (let attempt = 0; ; attempt += 1) {
      // Never `delete` a process that lives: runc would wait for it by the second.
      const { process } = await this.#client.call('taskGet', { containerId }, { signal });
      try {
        if (process !== undefined && ALIVE.has(process.status)) await this.#kill(process, signal);
        const exit = toExit(await this.#client.call('taskDelete', { containerId }, { signal }));
        if (process?.terminal === true) await this.#outputWritten(containerId);
        return exit;
      } catch (error) {
        const isFinal = hasKind(error, 'not-found') || hasKind(error, 'deadline') || signal.aborted;
        if (isFinal || attempt === DELETE_ATTEMPTS) throw error;
        // It ended of its own while it was to be killed, or its shim did, and containerd needs a moment to notice.
        await sleep(DELETE_PAUSE_MS, undefined, { signal });
      }
    }
  }

  /** Kills all of a container's processes and waits until the first has ended. */
  async #kill({ id, pid }: ProcessSummary, signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const wait = this.#client.call(
      'taskWait',
      { containerId: id },
      { signal: AbortSignal.any([signal, waiting.signal]), timeoutMs: KILL_TIMEOUT_MS },
    );
    wait.catch(() => undefined);
    try {
      await this.#client.call(
        'taskKill',
        { containerId: id, signal: SIGKILL, all: true },
        { signal, timeoutMs: KILL_CALL_TIMEOUT_MS },
      );
    } catch (error) {
      if (!hasKind(error, 'not-found') && !(await killDirectly(id, pid))) {
        waiting.abort();
        throw error;
      }
    }
    await wait;
  }

  async #outputWritten(id: string): Promise<void> {
    const { container } = await this.#client.call('containerGet', { id });
    if (container !== undefined) await outputWritten(recordedLaunch(container));
  }

  /** When a container's shim is gone: waits for what containerd does about it, and does the rest. */
  async #clearUp(id: string): Promise<void> {
    const { socketPath, namespace } = this.#client;
    const bundle = bundlePath(this.#state, namespace, id);
    const deadline = AbortSignal.timeout(CLEAR_UP_TIMEOUT_MS);
    while (await exists(bundle)) {
      const { processes, states } = await leftoversOf(bundle);
      // containerd itself leaves the bundle of a container that was never made.
      const isIdle = processes.length === 0 && states.length === 0;
      if (deadline.aborted) await this.#removeLeftovers(id, bundle);
      // It may still be at it.
      else if (isIdle) await this.#removeLeftovers(id, bundle).catch(() => undefined);
      await sleep(CLEAR_UP_PAUSE_MS);
    }
    await this.#removeIdleShim(id);
    await removeDeadShimSocket(shimSocketPath(socketPath, namespace, taskIdOf(id)));
  }

  async #removeLeftovers(id: string, bundle: string): Promise<void> {
    const { processes, states } = await leftoversOf(bundle);
    for (const process of processes) {
      await signalProcess(process, 'SIGKILL');
      if (!(await hasEndedWithin(process, END_TIMEOUT_MS))) {
        throw new AppError('deadline', `container "${id}" (process ${process.pid}) cannot be killed`);
      }
    }
    await unmount(join(bundle, 'rootfs'));
    const work = await readlink(join(bundle, 'work')).catch(() => undefined);
    for (const path of [...states, work, bundle]) {
      if (path !== undefined) await remove(path);
    }
  }

  /**
   * A shim that had just been started when its first container was given up, or that containerd has forgotten, serves none
   * of its task's containers and does not end by itself.
   */
  async #removeIdleShim(id: string): Promise<void> {
    if ((await findShims(this.#client, taskIdOf(id))).length === 0) return;
    const { containers } = await this.#client.call('containerList', {
      filters: [`labels."${TASK_LABEL}"==${taskIdOf(id)}`],
    });
    const others = containers.filter((container) => container.id !== id);
    const served = await Promise.all(others.map((other) => this.#isServed(other.id)));
    if (!served.includes(true)) await killShims(this.#client, taskIdOf(id));
  }

  /** Whether a container has a process, or is about to have one. */
  async #isServed(containerId: string): Promise<boolean> {
    if (this.#work.isRunning(containerId)) return true;
    try {
      await this.#client.call('taskGet', { containerId }, { timeoutMs: ANSWER_TIMEOUT_MS });
      return true;
    } catch (error) {
      if (hasKind(error, 'not-found')) return false;
      if (hasKind(error, 'deadline')) return true;
      throw error;
    }
  }
}

/**
 * For what the runtime does not kill: gVisor nothing that was not started, and no sandbox that hangs. False when the
 * process is not there.
 */
async function killDirectly(id: string, pid: number): Promise<boolean> {
  const process = await processOfContainer(id, pid);
  if (process !== undefined) await signalProcess(process, 'SIGKILL');
  return process !== undefined;
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw nodeError(error, path);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

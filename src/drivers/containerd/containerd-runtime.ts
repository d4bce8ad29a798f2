/**
 * The container runtime port over containerd: a container record with our labels, and a task (its first process) under
 * a shim. All containers of one Fargate task share one shim process. Containers without our label are never touched.
 */
import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import type {
  ContainerExit,
  ContainerRuntime,
  CreateContainerRequest,
  ExecRequest,
  RootFilesystem,
  RuntimeContainer,
  RuntimeEvent,
} from '../../ports/container-runtime.ts';
import type { Logger } from '../../ports/logger.ts';
import { assertNotAborted } from './aborted.ts';
import { execInContainer } from './container-exec.ts';
import {
  containerRecord,
  type Launch,
  launchOf,
  recordedLaunch,
  TASK_LABEL,
  taskIdOf,
  toExit,
  toRuntimeContainer,
} from './container-record.ts';
import type { ContainerdClient } from './containerd-client.ts';
import { runtimeRefusal } from './grpc-errors.ts';
import type { ImageViews } from './image-views.ts';
import { encode } from './proto/codec.ts';
import { outputWritten, prepareStdio, stdioOf } from './process-io.ts';
import type { Request } from './proto/message-types.ts';
import { PROCESS_STATUS } from './proto/messages.ts';
import { forgetVolatileMount, hasVolatileOverlay, rootfsMount } from './rootfs-mount.ts';
import { RUNC_SHIM, type RuntimeHandlers } from './runtime-handlers.ts';
import { runtimeEvents } from './runtime-events.ts';
import { removeDeadShimSocket, shimSocketPath } from './shim-socket.ts';

export interface ContainerdRuntimeOptions {
  readonly client: ContainerdClient;
  /** Shared with the image store: containers refer to their image's view, so that it is not collected under them. */
  readonly views: ImageViews;
  readonly handlers: RuntimeHandlers;
  readonly log?: Logger;
}

const RUNC_OPTIONS_TYPE = 'containerd.runc.v1.Options';
const SIGKILL = 9;
/** How long a process may take to be gone after SIGKILL (it may sit in the kernel, waiting for a disk). */
const KILL_TIMEOUT_MS = 30_000;
const ALIVE: ReadonlySet<number> = new Set([
  PROCESS_STATUS.created,
  PROCESS_STATUS.running,
  PROCESS_STATUS.paused,
  PROCESS_STATUS.pausing,
]);
const DELETE_ATTEMPTS = 20;
const DELETE_PAUSE_MS = 100;

export class ContainerdRuntime implements ContainerRuntime {
  readonly #client: ContainerdClient;
  readonly #views: ImageViews;
  readonly #log: Logger | undefined;
  readonly #handlers: RuntimeHandlers;
  readonly #hasVolatile = hasVolatileOverlay(release());

  constructor(options: ContainerdRuntimeOptions) {
    this.#client = options.client;
    this.#views = options.views;
    this.#log = options.log;
    this.#handlers = options.handlers;
  }

  async create(request: CreateContainerRequest, signal?: AbortSignal): Promise<{ readonly pid: number }> {
    const { id } = request;
    const runtime = await this.#runtime(request.handler ?? 'runc');
    const launch = launchOf(request);
    const container = { ...containerRecord(request, runtime), ...this.#imageReference(request.rootfs) };
    // Refused before anything is made.
    rootfsMount(request.rootfs, this.#hasVolatile);
    assertNotAborted(signal);
    await Promise.all([this.#client.call('containerCreate', { container }), prepareLaunch(launch)]);
    try {
      // Not cancelled half-way: what containerd had made by then could not be known. It takes a moment only.
      const pid = await this.#createTask(id, launch, runtime.options);
      assertNotAborted(signal);
      return { pid };
    } catch (error) {
      await this.delete(id);
      throw runtimeRefusal(error);
    }
  }

  async start(id: string, signal?: AbortSignal): Promise<void> {
    assertNotAborted(signal);
    try {
      await this.#client.call('taskStart', { containerId: id });
    } catch (error) {
      if (hasKind(error, 'not-found') && (await this.inspect(id))?.state !== 'created') throw error;
      throw runtimeRefusal(error);
    }
  }

  async restart(id: string, signal?: AbortSignal): Promise<void> {
    assertNotAborted(signal);
    const { container } = await this.#client.call('containerGet', { id }, { signal });
    if (container === undefined) throw new AppError('not-found', `no container "${id}"`);
    const launch = recordedLaunch(container);
    const process = await ignoreNotFound(this.#client.call('taskGet', { containerId: id }, { signal }));
    const state = toRuntimeContainer(container, process?.process)?.state;
    if (state === 'running') throw new AppError('failed-precondition', `container "${id}" runs`);
    // Made by an earlier call that did not get to the end.
    if (state === 'created') return this.start(id, signal);
    await ignoreNotFound(this.#deleteTask(id));
    await prepareLaunch(launch);
    assertNotAborted(signal);
    try {
      await this.#createTask(id, launch, container.runtime?.options);
    } catch (error) {
      throw runtimeRefusal(error);
    }
    await this.start(id, signal);
  }

  exec(id: string, request: ExecRequest, signal?: AbortSignal): Promise<{ readonly exitCode: number }> {
    return execInContainer(this.#client, id, request, signal);
  }

  async signal(id: string, signal: number): Promise<void> {
    try {
      await this.#client.call('taskKill', { containerId: id, signal });
    } catch (error) {
      const container = hasKind(error, 'not-found') ? await this.inspect(id) : undefined;
      if (container?.state !== 'exited') throw error;
    }
  }

  async delete(id: string): Promise<ContainerExit | undefined> {
    let exit: ContainerExit | undefined;
    try {
      exit = await this.#deleteTask(id);
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
      const { socketPath, namespace } = this.#client;
      await removeDeadShimSocket(shimSocketPath(socketPath, namespace, taskIdOf(id)));
    }
    await ignoreNotFound(this.#client.call('containerDelete', { id }));
    return exit;
  }

  async inspect(id: string): Promise<RuntimeContainer | undefined> {
    const [container, process] = await Promise.all([
      ignoreNotFound(this.#client.call('containerGet', { id })),
      ignoreNotFound(this.#client.call('taskGet', { containerId: id })),
    ]);
    if (container?.container === undefined) return undefined;
    return toRuntimeContainer(container.container, process?.process);
  }

  async list(): Promise<RuntimeContainer[]> {
    const [{ containers }, { tasks }] = await Promise.all([
      this.#client.call('containerList', { filters: [`labels."${TASK_LABEL}"`] }),
      this.#client.call('taskList', {}),
    ]);
    const processes = new Map(tasks.map((task) => [task.id, task]));
    return containers
      .map((container) => toRuntimeContainer(container, processes.get(container.id)))
      .filter((container) => container !== undefined);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return runtimeEvents(this.#client, signal, (error) => {
      this.#log?.warn("the stream of containers' events broke", { error: String(error) });
    });
  }

  /** Containers go on. The client belongs to whoever made it. */
  async close(): Promise<void> {}

  /** Makes the first process, not started. */
  async #createTask(
    containerId: string,
    launch: Launch,
    options: Request<'Any'> | undefined,
  ): Promise<number> {
    const rootfs = [rootfsMount(launch.rootfs, this.#hasVolatile)];
    const request = { containerId, rootfs, ...stdioOf(launch), options };
    return (await this.#client.call('taskCreate', request)).pid;
  }

  async #deleteTask(id: string): Promise<ContainerExit> {
    for (let attempt = 0; ; attempt += 1) {
      // Never `delete` a process that lives: runc would wait for it by the second.
      const { process } = await this.#client.call('taskGet', { containerId: id });
      if (process !== undefined && ALIVE.has(process.status)) await this.#kill(id);
      try {
        const exit = toExit(await this.#client.call('taskDelete', { containerId: id }));
        if (process?.terminal === true) await this.#outputWritten(id);
        return exit;
      } catch (error) {
        if (hasKind(error, 'not-found') || attempt === DELETE_ATTEMPTS) throw error;
        // A shim that has just died: containerd needs a moment to notice and to clear up after it.
        await sleep(DELETE_PAUSE_MS);
      }
    }
  }

  async #outputWritten(id: string): Promise<void> {
    const record = await ignoreNotFound(this.#client.call('containerGet', { id }));
    if (record?.container !== undefined) await outputWritten(recordedLaunch(record.container));
  }

  /** Kills all of a container's processes and waits until the first has ended. */
  async #kill(id: string): Promise<void> {
    const wait = this.#client.call('taskWait', { containerId: id }, { timeoutMs: KILL_TIMEOUT_MS });
    const kill = this.#client.call('taskKill', { containerId: id, signal: SIGKILL, all: true });
    await Promise.all([wait, ignoreNotFound(kill)]);
  }

  #imageReference(rootfs: RootFilesystem): Pick<Request<'Container'>, 'snapshotter' | 'snapshotKey'> {
    const snapshotKey = this.#views.keyFor(rootfs.lowerDirs);
    return snapshotKey === undefined ? {} : { snapshotter: this.#views.snapshotter, snapshotKey };
  }

  async #runtime(handler: string): Promise<Request<'ContainerRuntime'>> {
    const { runtime, binaryName } = await this.#handlers.resolve(handler);
    // Other shims have options of other types.
    if (runtime !== RUNC_SHIM) return { name: runtime };
    const value = encode('RuncOptions', { binaryName });
    return { name: runtime, options: { typeUrl: RUNC_OPTIONS_TYPE, value } };
  }
}

async function prepareLaunch(launch: Launch): Promise<void> {
  await Promise.all([forgetVolatileMount(launch.rootfs), prepareStdio(launch)]);
}

async function ignoreNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * The container runtime port over containerd: a container record with our labels, and a task (its first process) under
 * a shim. All containers of one Fargate task share one shim process. Containers without our label are never touched.
 */
import { release } from 'node:os';
import { AppError, hasKind } from '../../domain/errors.ts';
import { parseSpec, specJson } from '../../domain/oci/spec-json.ts';
import type { RuntimeSpec } from '../../domain/oci/types.ts';
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
  recordedSpec,
  specRecord,
  TASK_LABEL,
  type ProcessSummary,
  toRuntimeContainer,
  unanswered,
  wholeSpec,
  withoutVariables,
} from './container-record.ts';
import { ContainerRemoval } from './container-removal.ts';
import { LaunchPreparation } from './launch-preparation.ts';
import type { ContainerdClient } from './grpc/containerd-client.ts';
import { runtimeRefusal } from './grpc/grpc-errors.ts';
import type { ImageViews } from './images/image-views.ts';
import { renewUpper } from './mounts/fresh-upper.ts';
import { hasVolatileOverlay, rootfsMount } from './mounts/rootfs-mount.ts';
import { stdioOf } from './process-io.ts';
import type { Request } from './proto/message-types.ts';
import { PROCESS_STATUS } from './proto/messages.ts';
import type { RuntimeHandlers } from './runtime-handlers.ts';
import { runtimeEvents } from './runtime-events.ts';
import { shimSilent } from './shim-process.ts';
import { UnbrokenWork } from './unbroken-work.ts';

export interface ContainerdRuntimeOptions {
  readonly client: ContainerdClient;
  /** Shared with the image store: containers refer to their image's view, so that it is not collected under them. */
  readonly views: ImageViews;
  readonly handlers: RuntimeHandlers;
  /** containerd's state directory. */
  readonly state: string;
  /** Starts mounts/nested-mount-program.ts: an executable and its first arguments. */
  readonly mountProgram: readonly string[];
  readonly log?: Logger;
}

/** How long a container's shim is waited for: no longer than containerd itself does where it has a limit (2 s). */
const ANSWER_TIMEOUT_MS = 5_000;
const LIST_TIMEOUT_MS = 3_000;
const SIGNAL_TIMEOUT_MS = 5_000;

export class ContainerdRuntime implements ContainerRuntime {
  readonly #client: ContainerdClient;
  readonly #views: ImageViews;
  readonly #log: Logger | undefined;
  readonly #handlers: RuntimeHandlers;
  readonly #work = new UnbrokenWork();
  readonly #removal: ContainerRemoval;
  readonly #hasVolatile = hasVolatileOverlay(release());
  readonly #preparation: LaunchPreparation;

  constructor(options: ContainerdRuntimeOptions) {
    const { client, log } = options;
    this.#client = client;
    this.#views = options.views;
    this.#log = log;
    this.#handlers = options.handlers;
    this.#preparation = new LaunchPreparation(options.mountProgram);
    this.#removal = new ContainerRemoval({ client, state: options.state, work: this.#work, log });
  }

  async create(request: CreateContainerRequest, signal?: AbortSignal): Promise<{ readonly pid: number }> {
    const { id, secretVariables = [], handler = 'runc' } = request;
    const isHidden = secretVariables.length > 0 && this.#handlers.canHide(handler);
    const runtime = await this.#handlers.resolve(handler, isHidden);
    assertNotAborted(signal);
    // Refused before containerd knows of it.
    rootfsMount(request.rootfs, this.#hasVolatile);
    const launch = launchOf(request);
    const isRunc = this.#handlers.isRuncItself(runtime);
    const spec = await this.#preparation.prepare({ launch, spec: wholeSpec(request), isRunc });
    const recorded = isHidden ? withoutVariables(spec, secretVariables) : spec;
    const container = {
      ...containerRecord(request, recorded, runtime),
      ...this.#imageReference(request.rootfs),
    };
    await this.#work.run(id, signal, () => this.#client.call('containerCreate', { container }));
    try {
      // After the record, and removed before it: what is there belongs to a container that is known.
      if (isHidden) await this.#handlers.specs.put(id, specJson(spec));
      const pid = await this.#work.run(id, signal, () => this.#createTask(id, launch, runtime.options));
      return { pid };
    } catch (error) {
      // Whoever gave up does not wait for what was begun to be undone.
      if (signal?.aborted !== true) await this.delete(id);
      throw runtimeRefusal(error);
    }
  }

  async start(id: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.#work.run(id, signal, () => this.#client.call('taskStart', { containerId: id }));
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
    const process = await this.#processOf(id);
    if (process?.status === PROCESS_STATUS.unknown) throw shimSilent(id);
    const state = toRuntimeContainer(container, process)?.state;
    if (state === 'running') throw new AppError('failed-precondition', `container "${id}" runs`);
    // Made by an earlier call that did not get to the end.
    if (state === 'created') return this.start(id, signal);
    await this.#removal.removeProcess(id);
    await renewUpper(launch.rootfs);
    const recorded = recordedSpec(container);
    const isRunc = this.#handlers.isRuncItself(container.runtime);
    const spec = await this.#preparation.prepareAgain({ launch, spec: recorded, isRunc });
    if (spec !== recorded) await this.#recordAgain(id, spec);
    try {
      const options = container.runtime?.options;
      await this.#work.run(id, signal, () => this.#createTask(id, launch, options));
    } catch (error) {
      throw runtimeRefusal(error);
    }
    await this.start(id, signal);
  }

  exec(id: string, request: ExecRequest, signal?: AbortSignal): Promise<{ readonly exitCode: number }> {
    return execInContainer({ client: this.#client, handlers: this.#handlers, id }, request, signal);
  }

  async signal(id: string, signal: number): Promise<void> {
    try {
      await this.#client.call('taskKill', { containerId: id, signal }, { timeoutMs: SIGNAL_TIMEOUT_MS });
    } catch (error) {
      // gVisor says of a process that has ended no more than that it failed.
      const mayHaveEnded = hasKind(error, 'not-found') || hasKind(error, 'internal');
      const container = mayHaveEnded ? await this.inspect(id) : undefined;
      if (container?.state !== 'exited') throw error;
    }
  }

  async delete(id: string): Promise<ContainerExit | undefined> {
    const exit = await this.#removal.removeProcess(id);
    await this.#handlers.specs.remove(id);
    await ignoreNotFound(this.#client.call('containerDelete', { id }));
    return exit;
  }

  async inspect(id: string): Promise<RuntimeContainer | undefined> {
    const [container, process] = await Promise.all([
      ignoreNotFound(this.#client.call('containerGet', { id })),
      this.#processOf(id),
    ]);
    if (container?.container === undefined) return undefined;
    return toRuntimeContainer(container.container, process);
  }

  async list(): Promise<RuntimeContainer[]> {
    const listing = this.#client.call('containerList', { filters: [`labels."${TASK_LABEL}"`] });
    const tasks = this.#client.call('taskList', {}, { timeoutMs: LIST_TIMEOUT_MS });
    tasks.catch(() => undefined);
    const { containers } = await listing;
    const processes = await tasks
      .then((answer) => answer.tasks)
      .catch((error: unknown) => {
        if (!hasKind(error, 'deadline')) throw error;
        // containerd asks one shim after the other, and waits for each that does not answer.
        return Promise.all(containers.map(({ id }) => this.#processOf(id)));
      });
    const byId = new Map(processes.map((process) => [process?.id, process]));
    return containers
      .map((container) => toRuntimeContainer(container, byId.get(container.id)))
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

  /** In place of what was recorded; the variables that the record is without stay where they are. */
  async #recordAgain(id: string, spec: RuntimeSpec): Promise<void> {
    const container = { id, spec: specRecord(spec) };
    await this.#client.call('containerUpdate', { container, updateMask: { paths: ['spec'] } });
    const hidden = await this.#handlers.specs.read(id);
    if (hidden === undefined) return;
    const { env } = parseSpec(hidden).process;
    await this.#handlers.specs.put(id, specJson({ ...spec, process: { ...spec.process, env } }));
  }

  /** Undefined when there is none. */
  async #processOf(containerId: string): Promise<ProcessSummary | undefined> {
    try {
      const request = this.#client.call('taskGet', { containerId }, { timeoutMs: ANSWER_TIMEOUT_MS });
      return (await request).process;
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      if (hasKind(error, 'deadline')) return unanswered(containerId);
      throw error;
    }
  }

  #imageReference(rootfs: RootFilesystem): Pick<Request<'Container'>, 'snapshotter' | 'snapshotKey'> {
    const snapshotKey = this.#views.keyFor(rootfs.lowerDirs);
    return snapshotKey === undefined ? {} : { snapshotter: this.#views.snapshotter, snapshotKey };
  }
}

async function ignoreNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

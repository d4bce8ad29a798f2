/**
 * A machine in memory for tests of the agent: containers, interfaces, disks and cgroups that outlive the agent, as
 * real ones do. Each agent gets its ports from a session of its own; killing a session is kill -9 of that agent:
 * no call of it has an effect any more, and none of its promises ever settles.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../src/domain/errors.ts';
import type {
  ContainerRuntime,
  CreateContainerRequest,
  RuntimeContainer,
  RuntimeEvent,
} from '../../../src/ports/container-runtime.ts';
import type { Dialer } from '../../../src/ports/dialer.ts';
import type { ImageStore, StoredImage } from '../../../src/ports/image-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { TaskCgroups } from '../../../src/ports/task-cgroups.ts';
import type { TaskDisks } from '../../../src/ports/task-disks.ts';
import type { TaskNetwork } from '../../../src/ports/task-network.ts';
import type { ImagePuller } from '../../../src/agent/images/image-puller.ts';
import type { TaskLogs } from '../../../src/agent/logs/task-logs.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';

/** How a container's process behaves; by container name. */
export interface Behaviour {
  /** Ends by itself with this code, this many acts of the machine after its start. */
  readonly exits?: { readonly code: number; readonly after: number };
  readonly ignoresSigterm?: boolean;
  readonly outOfMemory?: boolean;
  readonly pullFails?: AppError;
  readonly createFails?: AppError;
  readonly startFails?: AppError;
  readonly createHangs?: boolean;
  readonly logsFail?: AppError;
  readonly stopSignal?: string;
}

const NAME_LABEL = 'com.amazonaws.ecs.container-name';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Container = Mutable<RuntimeContainer> & { request: CreateContainerRequest };

export class FakeMachine {
  readonly store = new MemoryStore();
  readonly containers = new Map<string, Container>();
  readonly attached = new Set<string>();
  readonly disks = new Map<string, string>();
  readonly charges: string[] = [];
  readonly cgroups = new Set<string>();
  readonly logs = new Map<string, Set<string>>();
  readonly signals: { name: string; signal: number }[] = [];
  /** What happened, in order: `attach`, `create web`, `start web` … */
  readonly acts: string[] = [];
  readonly #behaviours: Readonly<Record<string, Behaviour>>;
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  #due: { at: number; id: string; code: number }[] = [];
  #actCount = 0;

  constructor(behaviours: Readonly<Record<string, Behaviour>> = {}) {
    this.#behaviours = behaviours;
  }

  /** Everything a task could leave behind. */
  leftovers(): string[] {
    return [
      ...[...this.containers.keys()].map((id) => `container ${id}`),
      ...[...this.attached].map((id) => `interface ${id}`),
      ...[...this.disks.keys()].map((id) => `disk ${id}`),
      ...[...this.cgroups].map((id) => `cgroup ${id}`),
      ...[...this.logs.keys()].map((id) => `logs ${id}`),
    ];
  }

  /** A machine that was switched off and on: what lives in the kernel is gone. */
  reboot(): void {
    this.attached.clear();
    this.cgroups.clear();
    for (const container of this.containers.values()) {
      container.state = 'absent';
      delete container.pid;
    }
    this.#due = [];
  }

  async close(): Promise<void> {
    await this.store.close();
    for (const path of this.disks.values()) await rm(path, { recursive: true, force: true });
  }

  connect(options: { killAfterCalls?: number; killBeforeEffect?: boolean } = {}): MachineSession {
    return new MachineSession(this, options);
  }

  behaviour(name: string): Behaviour {
    return this.#behaviours[name] ?? {};
  }

  act(text: string): void {
    this.acts.push(text);
    this.tick();
  }

  /** Time passes for the processes: those that are due exit. */
  tick(): void {
    this.#actCount += 1;
    const due = this.#due.filter(({ at }) => at <= this.#actCount);
    this.#due = this.#due.filter(({ at }) => at > this.#actCount);
    for (const { id, code } of due) this.exit(id, code);
  }

  listen(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  started(container: Container): void {
    const { exits, outOfMemory } = this.behaviour(nameOf(container));
    container.state = 'running';
    if (exits !== undefined) {
      this.#due.push({ at: this.#actCount + exits.after, id: container.id, code: exits.code });
    }
    if (outOfMemory === true) {
      this.emit({ type: 'oom', id: container.id });
      this.exit(container.id, 137);
    }
  }

  exit(id: string, exitCode: number): void {
    const container = this.containers.get(id);
    if (container?.state !== 'running') return;
    container.state = 'exited';
    container.exit = { exitCode, exitedAt: Date.UTC(2026, 0, 1) };
    this.emit({ type: 'exit', id, exit: container.exit });
  }

  byName(name: string): Container | undefined {
    return [...this.containers.values()].find((container) => nameOf(container) === name);
  }
}

export function nameOf(container: { labels: Readonly<Record<string, string>> }): string {
  return container.labels[NAME_LABEL] ?? '';
}

/** One agent's ports. */
export class MachineSession {
  readonly #machine: FakeMachine;
  readonly #killBeforeEffect: boolean;
  #callsLeft: number;
  #isDead = false;

  constructor(machine: FakeMachine, options: { killAfterCalls?: number; killBeforeEffect?: boolean }) {
    this.#machine = machine;
    this.#callsLeft = options.killAfterCalls ?? Number.POSITIVE_INFINITY;
    this.#killBeforeEffect = options.killBeforeEffect ?? false;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
  }

  /** Every call passes here: this is where the agent may die. */
  async #call<T>(work: () => T | Promise<T>): Promise<T> {
    this.#callsLeft -= 1;
    if (this.#isDead) return never();
    if (this.#callsLeft <= 0) {
      this.#isDead = true;
      if (!this.#killBeforeEffect) await work();
      return never();
    }
    const result = await work();
    await new Promise((resolve) => setImmediate(resolve));
    return this.#isDead ? never() : result;
  }

  get store(): Store {
    const { store } = this.#machine;
    return {
      get: (key) => this.#call(() => store.get(key)),
      getMany: (keys) => this.#call(() => store.getMany(keys)),
      range: (options) => this.#call(() => store.range(options)),
      transact: (conditions, writes) => this.#call(() => store.transact(conditions, writes)),
      watch: (prefix, signal) => store.watch(prefix, signal),
      createLease: (ttlMs) => store.createLease(ttlMs),
      close: async () => undefined,
    };
  }

  get runtime(): ContainerRuntime {
    const machine = this.#machine;
    return {
      create: (request) => this.#call(() => create(machine, request)),
      start: (id) => this.#call(() => start(machine, id)),
      signal: (id, signal) => this.#call(() => deliver(machine, id, signal)),
      delete: (id) =>
        this.#call(() => {
          const container = machine.containers.get(id);
          if (container !== undefined) machine.act(`delete ${nameOf(container)}`);
          machine.containers.delete(id);
          return container?.exit;
        }),
      inspect: (id) => this.#call(() => copy(machine.containers.get(id))),
      list: () => this.#call(() => [...machine.containers.values()].map((container) => ({ ...container }))),
      events: (signal) => this.#events(signal),
      close: async () => undefined,
    };
  }

  get network(): TaskNetwork {
    const { attached } = this.#machine;
    const act = (text: string): void => this.#machine.act(text);
    const unused = (): never => {
      throw new AppError('unimplemented', 'not in this fake');
    };
    return {
      ensureVpc: () => this.#call(() => undefined),
      removeVpc: () => this.#call(() => undefined),
      listVpcs: () => this.#call(() => []),
      attach: (taskId) =>
        this.#call(() => {
          act('attach');
          attached.add(taskId);
          return { taskId, namespacePath: `/run/netns/${taskId}` };
        }),
      detach: (taskId) =>
        this.#call(() => {
          act('detach');
          attached.delete(taskId);
        }),
      listAttached: () => this.#call(() => [...attached]),
      counters: unused,
      dialer: (): Dialer => ({ connect: unused }),
      serveInVpc: unused,
      serveDatagramsInVpc: unused,
      close: async () => undefined,
    };
  }

  get disks(): TaskDisks {
    const { disks, charges } = this.#machine;
    return {
      create: ({ taskId }) =>
        this.#call(async () => {
          this.#machine.act('make disk');
          const path = disks.get(taskId) ?? (await mkdtemp(join(tmpdir(), 'neargate-fake-disk-')));
          disks.set(taskId, path);
          return { path };
        }),
      charge: (_taskId, what) => this.#call(() => void charges.push(what)),
      remove: (taskId) =>
        this.#call(async () => {
          this.#machine.act('remove disk');
          const path = disks.get(taskId);
          if (path !== undefined) await rm(path, { recursive: true, force: true });
          disks.delete(taskId);
        }),
      list: () => this.#call(() => [...disks.keys()]),
      usage: async () => ({ reservedBytes: 0, usedBytes: 0, readBytes: 0, writtenBytes: 0 }),
      close: async () => undefined,
    };
  }

  get cgroups(): TaskCgroups {
    const { cgroups } = this.#machine;
    return {
      create: (taskId) =>
        this.#call(() => {
          this.#machine.act('make cgroup');
          cgroups.add(taskId);
          return { cgroupsPath: `/neargate/${taskId}` };
        }),
      remove: (taskId) => this.#call(() => void cgroups.delete(taskId)),
      list: () => this.#call(() => [...cgroups]),
    };
  }

  get logs(): TaskLogs {
    const { logs } = this.#machine;
    return {
      outputPaths: (taskId, name) => ({
        stdoutPath: `/logs/${taskId}/${name}.stdout`,
        stderrPath: `/logs/${taskId}/${name}.stderr`,
      }),
      prepare: (taskId) => this.#call(() => void logs.set(taskId, logs.get(taskId) ?? new Set())),
      open: ({ assignment, container }) =>
        this.#call(() => {
          const fails = this.#machine.behaviour(container.definition.name).logsFail;
          if (fails !== undefined) throw fails;
          const open = logs.get(assignment.taskId) ?? new Set();
          logs.set(assignment.taskId, open.add(container.definition.name));
        }),
      resume: () => undefined,
      drain: () => this.#call(() => this.#machine.act('drain logs')),
      remove: (taskId) => this.#call(() => void logs.delete(taskId)),
      list: () => this.#call(() => [...logs.keys()]),
      close: async () => undefined,
    };
  }

  get puller(): ImagePuller {
    return {
      pull: ({ reference }) =>
        this.#call(() => {
          const fails = this.#machine.behaviour(reference).pullFails;
          if (fails !== undefined) throw fails;
          this.#machine.act(`pull ${reference}`);
          return storedImage(reference, this.#machine.behaviour(reference).stopSignal);
        }),
    };
  }

  /** Only what the agent asks for. */
  get imageStore(): ImageStore {
    return {
      readFile: async (_image: StoredImage, path: string) =>
        path === '/etc/passwd' ? Buffer.from('root:x:0:0:root:/root:/bin/sh\n') : undefined,
    } as unknown as ImageStore;
  }

  async *#events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake = (): void => undefined;
    const unlisten = this.#machine.listen((event) => {
      if (!this.#isDead) queue.push(event);
      wake();
    });
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event !== undefined) yield event;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      unlisten();
    }
  }
}

function create(machine: FakeMachine, request: CreateContainerRequest): { pid: number } | Promise<never> {
  const name = nameOf(request);
  const { createFails, createHangs } = machine.behaviour(name);
  if (createHangs === true) return never();
  if (createFails !== undefined) throw createFails;
  if (machine.containers.has(request.id)) throw new AppError('already-exists', request.id);
  machine.act(`create ${name}`);
  const { id, taskId, labels } = request;
  machine.containers.set(id, { id, taskId, labels, state: 'created', pid: 1, request });
  return { pid: 1 };
}

function start(machine: FakeMachine, id: string): void {
  const container = machine.containers.get(id);
  if (container === undefined) throw new AppError('not-found', id);
  const { startFails } = machine.behaviour(nameOf(container));
  if (startFails !== undefined) throw startFails;
  if (container.state !== 'created') throw new AppError('failed-precondition', container.state);
  machine.act(`start ${nameOf(container)}`);
  machine.started(container);
}

function deliver(machine: FakeMachine, id: string, signal: number): void {
  const container = machine.containers.get(id);
  if (container === undefined || container.state === 'absent') throw new AppError('not-found', id);
  const name = nameOf(container);
  machine.signals.push({ name, signal });
  if (signal === 9 || machine.behaviour(name).ignoresSigterm !== true) machine.exit(id, 128 + signal);
}

function copy(container: Container | undefined): RuntimeContainer | undefined {
  return container === undefined ? undefined : { ...container };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function storedImage(name: string, stopSignal: string | undefined): StoredImage {
  return {
    name,
    digest: `sha256:${'1'.repeat(64)}`,
    manifestDigest: `sha256:${'2'.repeat(64)}`,
    configDigest: `sha256:${'3'.repeat(64)}`,
    config: {
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['sh'], ...(stopSignal !== undefined && { StopSignal: stopSignal }) },
      rootfs: { type: 'layers', diff_ids: [] },
    },
    compressedBytes: 1,
    unpackedBytes: 1,
    lowerDirs: ['/layers/1'],
  };
}

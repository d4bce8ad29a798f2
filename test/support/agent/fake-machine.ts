/**
 * A machine of fakes for tests of the agent: containers, interfaces, disks, mounts and cgroups that outlive the agent,
 * as real ones do. Each agent gets its ports from a session of its own; killing a session is kill -9 of that agent:
 * no call of it has an effect any more, and none of its promises ever settles.
 */
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImagePuller } from '../../../src/agent/images/image-puller.ts';
import type { TaskLogs } from '../../../src/agent/logs/task-logs.ts';
import type { AppError } from '../../../src/domain/errors.ts';
import { FakeTaskCgroups } from '../../../src/drivers/cgroups-fake/fake-task-cgroups.ts';
import { FakeTaskDisks } from '../../../src/drivers/disk-fake/fake-task-disks.ts';
import { FakeFileSystemMounts } from '../../../src/drivers/file-systems-fake/fake-file-system-mounts.ts';
import { FakeTaskNetwork } from '../../../src/drivers/network-fake/fake-task-network.ts';
import { FakeRuntime } from '../../../src/drivers/runtime-fake/fake-runtime.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import type { ContainerRuntime, CreateContainerRequest } from '../../../src/ports/container-runtime.ts';
import type { FileSystemMounts } from '../../../src/ports/file-system-mounts.ts';
import type { ImageStore, StoredImage } from '../../../src/ports/image-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { TaskCgroups } from '../../../src/ports/task-cgroups.ts';
import type { TaskDisks } from '../../../src/ports/task-disks.ts';
import type { TaskNetwork } from '../../../src/ports/task-network.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { FILE_SYSTEM_ID } from '../efs/file-system-picture.ts';
import { FakeTaskLogs } from './fake-task-logs.ts';

/** How a container behaves; by its name, which is also the name of its image. */
export interface Behaviour {
  /** Ends by itself. */
  readonly exits?: { readonly code: number; readonly afterMs: number };
  readonly ignoresSigterm?: boolean;
  /** How long it takes to make it, and each start of it. */
  readonly startTakesMs?: number;
  /** Each of its ends is told twice. */
  readonly tellsTwice?: boolean;
  readonly outOfMemory?: boolean;
  readonly pullFails?: AppError;
  readonly createError?: string;
  readonly createHangs?: boolean;
  readonly logsFail?: AppError;
  readonly stopSignal?: string;
  /** Exit codes of its health checks, the last one for ever; `hang`: never ends. */
  readonly health?: readonly (number | 'hang')[];
  /** Of runs after the first; absent: as the first. */
  readonly restarted?: Behaviour;
}

/** Thousands of machines are made: their few files need no disk. */
const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export class FakeMachine {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly network = new FakeTaskNetwork();
  readonly cgroups = new FakeTaskCgroups();
  readonly disks: FakeTaskDisks;
  readonly fileSystems: FakeFileSystemMounts;
  readonly logs: FakeTaskLogs;
  readonly runtime: FakeRuntime;
  /** What agents did, in order: `attach`, `create web`, `start web`, `signal web 15` … */
  readonly acts: string[] = [];
  /** When each of them was done. */
  readonly times: number[] = [];
  readonly #directory = mkdtempSync(join(IN_MEMORY, 'neargate-fake-machine-'));
  readonly #behaviours: Readonly<Record<string, Behaviour>>;
  readonly #names = new Map<string, string>();
  readonly #closed = new AbortController();

  constructor(behaviours: Readonly<Record<string, Behaviour>> = {}) {
    this.#behaviours = behaviours;
    this.disks = new FakeTaskDisks({ dir: join(this.#directory, 'disks') });
    const fileSystems = join(this.#directory, 'efs');
    mkdirSync(join(fileSystems, FILE_SYSTEM_ID), { recursive: true });
    this.fileSystems = new FakeFileSystemMounts({ fileSystems, dir: join(this.#directory, 'efs-mounts') });
    this.logs = new FakeTaskLogs(join(this.#directory, 'logs'), (name) => this.behaviour(name).logsFail);
    this.runtime = new FakeRuntime({
      clock: this.clock,
      script: (request, run) => this.#script(request, run),
      writesOutput: false,
    });
    void this.#noteExits();
  }

  /** Fires when the machine is taken away. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  behaviour(name: string): Behaviour {
    return this.#behaviours[name] ?? {};
  }

  /** Name of the container that has the runtime id. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** Runtime id of the container that was made last with the name. */
  idOf(name: string): string {
    return [...this.#names].findLast(([, of]) => of === name)?.[0] ?? '';
  }

  /** Everything a task could leave behind. */
  async leftovers(): Promise<string[]> {
    return [
      ...(await this.runtime.list()).map(({ id }) => `container ${this.nameOf(id)}`),
      ...(await this.network.listAttached()).map((id) => `interface ${id}`),
      ...(await this.disks.list()).map((id) => `disk ${id}`),
      ...(await this.cgroups.list()).map((id) => `cgroup ${id}`),
      ...(await this.logs.list()).map((id) => `logs ${id}`),
      ...(await this.fileSystems.list()).map((id) => `mounts ${id}`),
    ];
  }

  /** Switched off and on: what lives in the kernel is gone. */
  async reboot(): Promise<void> {
    for (const id of await this.network.listAttached()) await this.network.detach(id);
    for (const id of await this.cgroups.list()) await this.cgroups.remove(id);
    for (const id of await this.fileSystems.list()) await this.fileSystems.unmount(id);
    for (const { id } of await this.runtime.list()) this.runtime.lose(id);
  }

  connect(options: SessionOptions = {}): MachineSession {
    return new MachineSession(this, options);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.network.close();
    await this.store.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Adds to the acts. */
  note(act: string): void {
    this.acts.push(act);
    this.times.push(this.clock.now());
  }

  /** Ends of containers among the acts, before any agent hears of them: `exit web 3`. */
  async #noteExits(): Promise<void> {
    const told = new Set<unknown>();
    for await (const event of this.runtime.events(this.#closed.signal)) {
      if (event.type !== 'exit' || told.has(event.exit)) continue;
      told.add(event.exit);
      const name = this.nameOf(event.id);
      this.note(`exit ${name} ${event.exit.exitCode}`);
      if (this.behaviour(name).tellsTwice === true) this.runtime.tellAgain(event);
    }
  }

  #script(request: CreateContainerRequest, run: number): ReturnType<NonNullable<FakeRuntimeScript>> {
    const name = request.labels['com.amazonaws.ecs.container-name'] ?? '';
    const first = this.behaviour(name);
    const { exits, ignoresSigterm, createError } = run > 1 ? (first.restarted ?? first) : first;
    const checks = [...(first.health ?? [])];
    this.#names.set(request.id, name);
    return {
      ...(exits !== undefined && { runForMs: exits.afterMs, exitCode: exits.code }),
      ...(createError !== undefined && { createError }),
      ...(ignoresSigterm === true && { ignoresSignals: true }),
      exec: () => {
        const check = (checks.length > 1 ? checks.shift() : checks[0]) ?? 0;
        this.note(`check ${name} ${check}`);
        return check === 'hang' ? check : { exitCode: check, output: `exit ${check}` };
      },
    };
  }
}

type FakeRuntimeScript = ConstructorParameters<typeof FakeRuntime>[0]['script'];

export interface SessionOptions {
  /** The agent dies at its n-th call. */
  readonly killAfterCalls?: number;
  /** Whether that call still has its effect. */
  readonly killBeforeEffect?: boolean;
}

/** These answer at once and have no effect on the machine. */
const PASSIVE = new Set(['events', 'watch', 'close', 'outputPaths', 'resume']);

const SLOW = new Set(['create', 'start', 'restart']);

/** One agent's ports. */
export class MachineSession {
  readonly store: Store;
  readonly runtime: ContainerRuntime;
  readonly network: TaskNetwork;
  readonly disks: TaskDisks;
  readonly fileSystems: FileSystemMounts;
  readonly cgroups: TaskCgroups;
  readonly logs: TaskLogs;
  readonly puller: ImagePuller;
  readonly imageStore = imageStore;
  readonly #machine: FakeMachine;
  readonly #killBeforeEffect: boolean;
  #callsLeft: number;
  #busy = 0;
  #isDead = false;

  constructor(machine: FakeMachine, options: SessionOptions) {
    this.#machine = machine;
    this.#killBeforeEffect = options.killBeforeEffect ?? false;
    this.#callsLeft = options.killAfterCalls ?? Number.POSITIVE_INFINITY;
    this.store = this.#mortal(machine.store);
    this.runtime = this.#mortal(machine.runtime);
    this.network = this.#mortal(machine.network);
    this.disks = this.#mortal(machine.disks);
    this.fileSystems = this.#mortal(machine.fileSystems);
    this.cgroups = this.#mortal(machine.cgroups);
    this.logs = this.#mortal(machine.logs);
    this.puller = this.#mortal(pullerOf(machine));
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Calls that are under way and not waiting for the clock. */
  get busy(): number {
    return this.#busy;
  }

  kill(): void {
    this.#isDead = true;
  }

  /** The same port, whose every call passes through #call. */
  #mortal<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function' || typeof name === 'symbol') return member;
        const method = member.bind(target) as (...args: unknown[]) => unknown;
        if (name === 'dialer') return (...args: unknown[]) => this.#mortal(method(...args) as object);
        if (PASSIVE.has(name)) return name === 'close' ? () => Promise.resolve() : method;
        return (...args: unknown[]) => this.#call(name, args, () => method(...args));
      },
    });
  }

  /** This is where an agent may die. */
  async #call(method: string, args: unknown[], work: () => unknown): Promise<unknown> {
    this.#callsLeft -= 1;
    if (this.#isDead) return never;
    if (this.#callsLeft <= 0) this.#isDead = true;
    if (this.#isDead && this.#killBeforeEffect) return never;
    const subject = this.#machine.nameOf(subjectOf(args[0]));
    if (method === 'create' && this.#machine.behaviour(nameIn(args[0])).createHangs === true) return never;
    const name = method === 'create' ? nameIn(args[0]) : subject;
    const { startTakesMs = 0 } = this.#machine.behaviour(name);
    if (startTakesMs > 0 && SLOW.has(method)) await this.#machine.clock.sleep(startTakesMs);
    const result = await this.#done(method, work);
    this.#machine.note([method, this.#machine.nameOf(subject), ...args.slice(1, 2)].join(' '));
    const { outOfMemory } = this.#machine.behaviour(subject);
    if (method === 'start' && outOfMemory === true) this.#machine.runtime.oom(String(args[0]));
    await new Promise((resolve) => setImmediate(resolve));
    return this.#isDead ? never : result;
  }

  /** A command in a container lasts as long as the clock says. */
  async #done(method: string, work: () => unknown): Promise<unknown> {
    if (method === 'exec') return work();
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }
}

const never: Promise<never> = new Promise(() => undefined);

function subjectOf(argument: unknown): string {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return '';
  if ('id' in argument) return String(argument.id);
  return 'reference' in argument ? String(argument.reference) : '';
}

function nameIn(request: unknown): string {
  const { labels } = request as Partial<CreateContainerRequest>;
  return labels?.['com.amazonaws.ecs.container-name'] ?? '';
}

function pullerOf(machine: FakeMachine): ImagePuller {
  return {
    pull: async ({ reference }) => {
      const { pullFails, stopSignal } = machine.behaviour(reference);
      if (pullFails !== undefined) throw pullFails;
      return Promise.resolve(storedImage(reference, stopSignal));
    },
  };
}

/** Only what a runner asks for. */
const imageStore = {
  readFile: (_image: StoredImage, path: string) =>
    Promise.resolve(path === '/etc/passwd' ? Buffer.from('root:x:0:0:root:/root:/bin/sh\n') : undefined),
} as unknown as ImageStore;

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

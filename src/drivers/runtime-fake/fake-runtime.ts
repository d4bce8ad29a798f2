/**
 * A container runtime without containers: no root, no processes. Each container does what the script says for it; a
 * test ends containers by hand (`exit`, `oom`), and the stream of events can be broken (`interrupt`). Output is written to
 * the stdout and stderr files as a real runtime would. Everything lives as long as this object.
 */
import { appendFile } from 'node:fs/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  ContainerExit,
  ContainerRuntime,
  CreateContainerRequest,
  RuntimeContainer,
  RuntimeEvent,
} from '../../ports/container-runtime.ts';
import { EventFan } from './event-fan.ts';

/** What one container does. Left out: it starts, writes nothing and runs until it is signalled. */
export interface FakeBehaviour {
  /** The runtime refuses to make it, with these words. */
  readonly createError?: string;
  /** The process cannot start, with these words. */
  readonly startError?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Ends by itself after so long (0: at once). */
  readonly runForMs?: number;
  /** Of an end by itself. */
  readonly exitCode?: number;
  /** SIGTERM and the like have no effect, only SIGKILL. */
  readonly ignoresSignals?: boolean;
}

export type FakeScript = (request: CreateContainerRequest) => FakeBehaviour;

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  /** Asked once a container, at its creation. */
  readonly script?: FakeScript;
}

interface FakeContainer {
  readonly request: CreateContainerRequest;
  readonly behaviour: FakeBehaviour;
  readonly pid: number;
  state: RuntimeContainer['state'];
  exit?: ContainerExit;
}

const SIGKILL = 9;
const FIRST_PID = 100_000;

export class FakeRuntime implements ContainerRuntime {
  readonly #clock: Clock;
  readonly #script: FakeScript;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #events = new EventFan();
  readonly #closed = new AbortController();
  #nextPid = FIRST_PID;

  constructor(options: FakeRuntimeOptions) {
    this.#clock = options.clock;
    this.#script = options.script ?? (() => ({}));
  }

  async create(request: CreateContainerRequest, signal?: AbortSignal): Promise<{ readonly pid: number }> {
    await yieldTo(signal);
    if (this.#containers.has(request.id)) {
      throw new AppError('already-exists', `container "${request.id}" exists already`);
    }
    const behaviour = this.#script(request);
    if (behaviour.createError !== undefined) throw new AppError('invalid', behaviour.createError);
    const pid = this.#nextPid;
    this.#nextPid += 1;
    this.#containers.set(request.id, { request, behaviour, pid, state: 'created' });
    await Promise.all([appendFile(request.stdoutPath, ''), appendFile(request.stderrPath, '')]);
    return { pid };
  }

  async start(id: string, signal?: AbortSignal): Promise<void> {
    await yieldTo(signal);
    const container = this.#require(id);
    const { behaviour, request } = container;
    if (container.state !== 'created') {
      throw new AppError('failed-precondition', `container "${id}" is ${container.state}`);
    }
    if (behaviour.startError !== undefined) throw new AppError('invalid', behaviour.startError);
    container.state = 'running';
    if (behaviour.stdout !== undefined) await appendFile(request.stdoutPath, behaviour.stdout);
    if (behaviour.stderr !== undefined) await appendFile(request.stderrPath, behaviour.stderr);
    if (behaviour.runForMs === undefined) return;
    if (behaviour.runForMs === 0) this.#end(container, behaviour.exitCode ?? 0);
    else void this.#endLater(container, behaviour.runForMs);
  }

  async signal(id: string, signal: number): Promise<void> {
    await yieldTo();
    const container = this.#require(id);
    if (container.behaviour.ignoresSignals === true && signal !== SIGKILL) return;
    this.#end(container, 128 + signal);
  }

  async delete(id: string): Promise<ContainerExit | undefined> {
    await yieldTo();
    const container = this.#containers.get(id);
    if (container === undefined) return undefined;
    this.#end(container, 128 + SIGKILL);
    this.#containers.delete(id);
    return container.exit;
  }

  async inspect(id: string): Promise<RuntimeContainer | undefined> {
    await yieldTo();
    const container = this.#containers.get(id);
    return container === undefined ? undefined : describe(container);
  }

  async list(): Promise<RuntimeContainer[]> {
    await yieldTo();
    return [...this.#containers.values()].map(describe);
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.#events.subscribe(AbortSignal.any([signal, this.#closed.signal]));
  }

  async close(): Promise<void> {
    await yieldTo();
    this.#closed.abort();
  }

  /** Test: the process ends by itself now. */
  exit(id: string, exitCode: number): void {
    this.#end(this.#require(id), exitCode);
  }

  /** Test: the process is killed for want of memory. */
  oom(id: string): void {
    const container = this.#require(id);
    this.#events.push({ type: 'oom', id });
    this.#end(container, 128 + SIGKILL);
  }

  /** Test: what happens during `work` is told to nobody; then the stream says `resync`. */
  async interrupt(work: () => Promise<void> | void): Promise<void> {
    this.#events.mute();
    try {
      await work();
    } finally {
      this.#events.unmute();
    }
  }

  /** Test: the process is gone with its runtime, the record stays. */
  lose(id: string): void {
    const container = this.#require(id);
    container.state = 'absent';
    delete container.exit;
  }

  async #endLater(container: FakeContainer, ms: number): Promise<void> {
    try {
      await this.#clock.sleep(ms, this.#closed.signal);
      this.#end(container, container.behaviour.exitCode ?? 0);
    } catch (error) {
      if (!hasKind(error, 'aborted') && !(error instanceof DOMException)) throw error;
    }
  }

  #end(container: FakeContainer, exitCode: number): void {
    if (container.state !== 'running' && container.state !== 'created') return;
    container.state = 'exited';
    container.exit = { exitCode, exitedAt: this.#clock.now() };
    this.#events.push({ type: 'exit', id: container.request.id, exit: container.exit });
  }

  #require(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new AppError('not-found', `no container "${id}"`);
    return container;
  }
}

function describe({ request, state, pid, exit }: FakeContainer): RuntimeContainer {
  const base = { id: request.id, taskId: request.taskId, labels: request.labels, state };
  if (state === 'exited' && exit !== undefined) return { ...base, exit };
  return state === 'absent' ? base : { ...base, pid };
}

/** Nothing happens within the caller's own turn, as with a real runtime. */
async function yieldTo(signal?: AbortSignal): Promise<void> {
  await Promise.resolve();
  if (signal?.aborted === true) throw new AppError('aborted', 'the call was cancelled');
}

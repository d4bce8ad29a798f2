/**
 * A container runtime without containers: no root, no processes. Each container does what the script says for it; a
 * test ends containers by hand (`exit`, `oom`), and the stream of events can be broken (`interrupt`). Output is written to
 * files as a real runtime would, unless that is turned off. Everything lives as long as this object.
 */
import { appendFile, writeFile } from 'node:fs/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  ContainerExit,
  ContainerRuntime,
  CreateContainerRequest,
  ExecRequest,
  RuntimeContainer,
  RuntimeEvent,
} from '../../ports/container-runtime.ts';
import { EventFan } from './event-fan.ts';

/** What a command in a container does. */
export interface FakeCommand {
  readonly exitCode: number;
  /** Written to the command's output file. */
  readonly output?: string;
}

/** What one run of a container does. Left out: it starts, writes nothing and runs until it is signalled. */
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
  /** Commands in it: what they do, that they never end by themselves, or why they cannot start. Left out: they exit 0. */
  readonly exec?: (args: readonly string[]) => FakeCommand | 'hang' | { readonly error: string };
}

/** `run` counts from 1; each restart is a run. */
export type FakeScript = (request: CreateContainerRequest, run: number) => FakeBehaviour;

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  /** Asked once a run: when the container is made, and at each restart. */
  readonly script?: FakeScript;
  /** `false`: no file is touched. */
  readonly writesOutput?: boolean;
}

interface FakeContainer {
  readonly request: CreateContainerRequest;
  behaviour: FakeBehaviour;
  pid: number;
  run: number;
  state: RuntimeContainer['state'];
  exit?: ContainerExit;
  /** Fires when the run has ended. */
  ended: AbortController;
  /** That run in it now, besides its own process. */
  readonly commands: Set<readonly string[]>;
}

const SIGKILL = 9;
const FIRST_PID = 100_000;

export class FakeRuntime implements ContainerRuntime {
  readonly #clock: Clock;
  readonly #script: FakeScript;
  readonly #writesOutput: boolean;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #events = new EventFan();
  readonly #closed = new AbortController();
  #nextPid = FIRST_PID;

  constructor(options: FakeRuntimeOptions) {
    this.#clock = options.clock;
    this.#script = options.script ?? (() => ({}));
    this.#writesOutput = options.writesOutput ?? true;
  }

  async create(request: CreateContainerRequest, signal?: AbortSignal): Promise<{ readonly pid: number }> {
    await yieldTo(signal);
    if (this.#containers.has(request.id)) {
      throw new AppError('already-exists', `container "${request.id}" exists already`);
    }
    const behaviour = this.#script(request, 1);
    if (behaviour.createError !== undefined) throw new AppError('invalid', behaviour.createError);
    const pid = this.#freshPid();
    const ended = new AbortController();
    const made = { request, behaviour, pid, run: 1, ended, commands: new Set<readonly string[]>() };
    this.#containers.set(request.id, { ...made, state: 'created' });
    await Promise.all([this.#write(request.stdoutPath, ''), this.#write(request.stderrPath, '')]);
    return { pid };
  }

  async start(id: string, signal?: AbortSignal): Promise<void> {
    await yieldTo(signal);
    const container = this.#require(id);
    if (container.state !== 'created') {
      throw new AppError('failed-precondition', `container "${id}" is ${container.state}`);
    }
    await this.#run(container);
  }

  async restart(id: string, signal?: AbortSignal): Promise<void> {
    await yieldTo(signal);
    const container = this.#require(id);
    if (container.state === 'running') throw new AppError('failed-precondition', `container "${id}" runs`);
    if (container.state !== 'created') {
      container.run += 1;
      container.behaviour = this.#script(container.request, container.run);
      container.state = 'absent';
      delete container.exit;
      if (container.behaviour.createError !== undefined) {
        throw new AppError('invalid', container.behaviour.createError);
      }
      container.pid = this.#freshPid();
      container.ended = new AbortController();
      container.state = 'created';
    }
    await this.#run(container);
  }

  async exec(id: string, request: ExecRequest, signal?: AbortSignal): Promise<{ readonly exitCode: number }> {
    await yieldTo(signal);
    const container = this.#require(id);
    const { state, behaviour } = container;
    if (state !== 'running') throw new AppError('failed-precondition', `container "${id}" does not run`);
    const command = behaviour.exec?.(request.args) ?? { exitCode: 0 };
    if (command === 'hang') return this.#hang(container, request, signal);
    if ('error' in command) throw new AppError('invalid', command.error);
    if (request.outputPath !== undefined && this.#writesOutput) {
      await writeFile(request.outputPath, command.output ?? '', { mode: 0o600 });
    }
    return { exitCode: command.exitCode };
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

  /** Test: an event comes once more. */
  tellAgain(event: RuntimeEvent): void {
    this.#events.push(event);
  }

  /** Test: the commands that run in it now. */
  commandsIn(id: string): (readonly string[])[] {
    return [...this.#require(id).commands];
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

  async #run(container: FakeContainer): Promise<void> {
    const { behaviour, request } = container;
    if (behaviour.startError !== undefined) throw new AppError('invalid', behaviour.startError);
    container.state = 'running';
    const { stdout, stderr, runForMs } = behaviour;
    if (stdout !== undefined) await this.#write(request.stdoutPath, stdout);
    const { terminal } = request.spec.process;
    if (stderr !== undefined) await this.#write(terminal ? request.stdoutPath : request.stderrPath, stderr);
    if (runForMs === undefined) return;
    if (runForMs === 0) this.#end(container, behaviour.exitCode ?? 0);
    else void this.#endLater(container, runForMs);
  }

  /** A command that only its time limit, its caller or the container's end ends. */
  async #hang(
    { ended, commands }: FakeContainer,
    { args, timeoutMs }: ExecRequest,
    signal?: AbortSignal,
  ): Promise<{ exitCode: number }> {
    const either = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal]);
    commands.add(args);
    try {
      await this.#clock.sleep(timeoutMs, either);
    } catch (error) {
      if (signal?.aborted === true) throw new AppError('aborted', 'the call was cancelled', { cause: error });
      if (ended.signal.aborted) return { exitCode: 128 + SIGKILL };
      throw error;
    } finally {
      commands.delete(args);
    }
    throw new AppError('deadline', `the command did not end within ${timeoutMs} ms`);
  }

  async #write(path: string, text: string): Promise<void> {
    if (this.#writesOutput) await appendFile(path, text);
  }

  #freshPid(): number {
    this.#nextPid += 1;
    return this.#nextPid - 1;
  }

  async #endLater(container: FakeContainer, ms: number): Promise<void> {
    const { run } = container;
    try {
      await this.#clock.sleep(ms, this.#closed.signal);
      if (container.run === run) this.#end(container, container.behaviour.exitCode ?? 0);
    } catch (error) {
      if (!hasKind(error, 'aborted') && !(error instanceof DOMException)) throw error;
    }
  }

  #end(container: FakeContainer, exitCode: number): void {
    if (container.state !== 'running' && container.state !== 'created') return;
    container.state = 'exited';
    container.exit = { exitCode, exitedAt: this.#clock.now() };
    container.ended.abort();
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

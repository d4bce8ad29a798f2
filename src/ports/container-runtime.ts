/**
 * Containers, as the agent needs them. The containers belong to the runtime: they go on when the agent ends.
 * Ids are `<taskId>-<digits>`. Drivers never delete what does not carry our labels.
 */
import type { RuntimeSpec } from '../domain/oci/types.ts';

export interface RootFilesystem {
  /** Read-only image layers, the topmost first. */
  readonly lowerDirs: readonly string[];
  /** On the task's disk; both exist. */
  readonly upperDir: string;
  readonly workDir: string;
}

export interface CreateContainerRequest {
  readonly id: string;
  readonly taskId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  /** `root.path` is decided by the driver. With `process.terminal` both streams are one, in `stdoutPath`. */
  readonly spec: RuntimeSpec;
  /**
   * Variables of its environment whose values are secret: they are on no disk. (A runtime of which containerd alone knows
   * how to start it has them in containerd's record all the same.)
   */
  readonly secretVariables?: readonly string[];
  readonly rootfs: RootFilesystem;
  /** Absolute paths; the runtime appends to them. The same path may be given twice. */
  readonly stdoutPath: string;
  readonly stderrPath: string;
  /** A FIFO that the process reads as its standard input, never at its end; absent: /dev/null. The driver makes it. */
  readonly stdinPath?: string;
  /**
   * Once so much of its output (about) takes room on the disk, its writes wait until less does: whoever takes output
   * away gives the files' blocks back. Absent: they never wait. Drivers may leave it out for a process with an input.
   */
  readonly outputLimitBytes?: number;
  /** Runtime handler by name: `runc` (default), `gvisor`, … */
  readonly handler?: string;
}

export interface ExecRequest {
  readonly args: readonly string[];
  /** stdout and stderr are written here (0600, made anew for each call); absent: nowhere. */
  readonly outputPath?: string;
  /** Then the command is killed and the call rejects with `deadline`. */
  readonly timeoutMs: number;
}

export interface ContainerExit {
  readonly exitCode: number;
  /** Epoch milliseconds. */
  readonly exitedAt: number;
}

export interface RuntimeContainer {
  readonly id: string;
  readonly taskId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `absent`: the record is there, its process was never made or is gone with its runtime. */
  readonly state: 'created' | 'running' | 'exited' | 'absent';
  readonly pid?: number;
  readonly exit?: ContainerExit;
}

export type RuntimeEvent =
  | { readonly type: 'exit'; readonly id: string; readonly exit: ContainerExit }
  /** One of its processes was killed for want of memory. Told before the exit that it caused. */
  | { readonly type: 'oom'; readonly id: string }
  /**
   * The stream is on, for the first time or again after a break: what happened before may be lost, look at `inspect`.
   * Nothing is lost from here on. Always the first event.
   */
  | { readonly type: 'resync' };

export interface ContainerRuntime {
  /**
   * Makes the container with its process, not started. Repeated with the same id: `already-exists`.
   * A runtime's refusal is kind `invalid` or `failed-precondition` with its own words as message; what was half
   * made is removed again. `aborted` by the signal at any moment: what was begun is then removed by `delete`.
   */
  create(request: CreateContainerRequest, signal?: AbortSignal): Promise<{ readonly pid: number }>;
  /** Starts it. `invalid` with the runtime's words when the process cannot start; `aborted` as with `create`. */
  start(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Starts a container whose process has ended once more: the same spec over the same writable layer, output appended.
   * May be repeated after a crash half-way: then it starts what was made and not started.
   * `failed-precondition` while its process runs, `not-found` without the container, `invalid` in the runtime's words.
   */
  restart(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Runs a command in a running container as its own process runs (user, environment, directory, capabilities, limits,
   * no terminal) and resolves with its exit code when it has ended; 137 when the container has ended before it.
   * `deadline` after timeoutMs (the command is killed), `failed-precondition` when the container does not run, `invalid`
   * in the runtime's words when the command cannot start, `aborted` by the signal (killed too). Nothing of a command that
   * was killed is left.
   */
  exec(id: string, request: ExecRequest, signal?: AbortSignal): Promise<{ readonly exitCode: number }>;
  /**
   * Sends a signal to its first process; no error when it has exited. `not-found` when there is none, `deadline` when it
   * was not delivered within seconds.
   */
  signal(id: string, signal: number): Promise<void>;
  /**
   * Removes it, killing it first where needed. May be repeated. Resolves with its exit where known. Ends within seconds
   * also when what supervises the container hangs; other containers of its task may end with it then, which is told as any
   * exit is.
   */
  delete(id: string): Promise<ContainerExit | undefined>;
  /** A container of which nothing can be learned within seconds counts as running, without a pid. The same holds for `list`. */
  inspect(id: string): Promise<RuntimeContainer | undefined>;
  list(): Promise<RuntimeContainer[]>;
  /** Events from the moment of the call on; reconnects by itself (then says `resync`); ends with the signal. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  close(): Promise<void>;
}

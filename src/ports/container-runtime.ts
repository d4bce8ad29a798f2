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
  /** `root.path` is decided by the driver. */
  readonly spec: RuntimeSpec;
  readonly rootfs: RootFilesystem;
  /** Absolute paths; the runtime appends to them. The same path may be given twice. */
  readonly stdoutPath: string;
  readonly stderrPath: string;
  /** Runtime handler by name: `runc` (default), `gvisor`, … */
  readonly handler?: string;
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
   * made is removed again.
   */
  create(request: CreateContainerRequest, signal?: AbortSignal): Promise<{ readonly pid: number }>;
  /** Starts it. `invalid` with the runtime's words when the process cannot start. */
  start(id: string, signal?: AbortSignal): Promise<void>;
  /** Sends a signal to its first process; no error when it has exited. `not-found` when there is none. */
  signal(id: string, signal: number): Promise<void>;
  /** Removes it, killing it first where needed. May be repeated. Resolves with its exit where known. */
  delete(id: string): Promise<ContainerExit | undefined>;
  inspect(id: string): Promise<RuntimeContainer | undefined>;
  list(): Promise<RuntimeContainer[]>;
  /** Events from the moment of the call on; reconnects by itself (then says `resync`); ends with the signal. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  close(): Promise<void>;
}

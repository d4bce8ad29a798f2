/** What a task's runner asks of the logs: a place for each container's output, and its way to where it belongs. */
import type { AssignedContainer, TaskAssignment } from '../../domain/task/assignment.ts';

export interface ContainerLogs {
  readonly assignment: TaskAssignment;
  readonly container: AssignedContainer;
  /** As the runtime knows the container. */
  readonly runtimeId: string;
  readonly router: LogRouter;
  /** Values of the log driver's secret options; may have to be fetched once more. */
  readonly secretOptions: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
}

/** The task's log router, where it has one, as it is now. */
export interface LogRouter {
  /** Where it makes its socket; undefined as long as the task has no disk. */
  socketPath(): string | undefined;
  /** It has ended for good. */
  hasEnded(): boolean;
}

/** Absolute paths that the runtime appends to. They exist once `prepare` has been called. */
export interface OutputPaths {
  readonly stdoutPath: string;
  readonly stderrPath: string;
}

export interface TaskLogs {
  outputPaths(taskId: string, containerName: string): OutputPaths;
  /** With mode `blocking`: once so much of a container's output waits, its writes are to wait. */
  outputLimitBytes(logs: Pick<ContainerLogs, 'assignment' | 'container'>): number | undefined;
  /** Makes the files of a task's containers. May be repeated. */
  prepare(taskId: string, containerNames: readonly string[]): Promise<void>;
  /**
   * Makes the log stream (and the group, where asked) and begins to follow the output. May be repeated. Rejects with
   * what users read after `failed to validate logger args: ` when the container must not start.
   */
  open(logs: ContainerLogs, signal: AbortSignal): Promise<void>;
  /** Goes on after a restart of the agent, from where the last acknowledged event ended. */
  resume(logs: ContainerLogs): void;
  /**
   * Sends all that is left, in bounded time, and ends; of the containers that are named, absent: of all. Needs the task's
   * network. May be repeated.
   */
  drain(taskId: string, containerNames?: readonly string[]): Promise<void>;
  /** Deletes the task's files. May be repeated. */
  remove(taskId: string): Promise<void>;
  /** Tasks that have files here. */
  list(): Promise<string[]>;
  /** Ends following; files and their offsets stay for the next agent. */
  close(): Promise<void>;
}

/**
 * What an agent knows of one task: recorded in its own store after every step, whole. Facts are values; each change
 * makes new ones. What is not here (images, users, open files) is found again after a restart.
 */
import type { DesiredTask, TaskAssignment } from '../../domain/task/assignment.ts';
import type { HealthStatus, StopReason, TaskStatus } from '../../domain/task/lifecycle.ts';
import type { IdSource } from '../../ports/clock.ts';
import type { ContainerExit } from '../../ports/container-runtime.ts';

/** `begun`: the act was started and may have left half of it; `gone`: undone, or never to be made. */
export type ResourceState = 'none' | 'begun' | 'made' | 'gone';

/**
 * `stopped` without an exit code: it never started. `restarting`: its process ended and is to be started again; to the
 * world it runs.
 */
export type ContainerPhase = 'none' | 'created' | 'running' | 'restarting' | 'stopped';

export interface ContainerHealth {
  readonly status: HealthStatus;
  /** When the status became what it is. */
  readonly since: number;
  /** Of the last check: absent when it did not end in time. */
  readonly exitCode?: number;
  /** The first 1024 bytes that the last check wrote. */
  readonly output: string;
}

export interface ContainerFacts {
  readonly name: string;
  readonly essential: boolean;
  readonly runtimeId: string;
  readonly phase: ContainerPhase;
  /** The runtime was asked to make it, so something may be there to delete. */
  readonly begun: boolean;
  readonly deleted: boolean;
  readonly pulled: boolean;
  /** The image's size is counted on the task's disk. */
  readonly charged: boolean;
  /** Its output has a place to go. */
  readonly logsReady: boolean;
  readonly imageDigest?: string;
  /** Compressed and unpacked. */
  readonly imageBytes?: number;
  readonly stopSignal?: string;
  /** Paths that its image declares as VOLUME. */
  readonly imageVolumes?: readonly string[];
  /** The runtime was asked to start it: whether it runs is not known before that has an outcome, or it is deleted. */
  readonly starting?: boolean;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly outOfMemory?: boolean;
  readonly restartCount?: number;
  readonly restartedAt?: number;
  /** The end of the run before the present one; of the present one, where that is told before its start is. */
  readonly lastExit?: ContainerExit;
  readonly earlyExit?: ContainerExit;
  /** By its health check; absent: none has been done. */
  readonly health?: ContainerHealth;
  /** When it was asked to stop, and when it was killed for not doing so. */
  readonly signalledAt?: number;
  readonly killedAt?: number;
}

export interface TaskFacts {
  readonly status: TaskStatus;
  readonly stop?: StopReason;
  readonly eni: ResourceState;
  readonly namespacePath?: string;
  readonly disk: ResourceState;
  readonly diskPath?: string;
  readonly volumesPath?: string;
  readonly cgroup: ResourceState;
  readonly cgroupPath?: string;
  /** Of the process that holds the task's PID namespace, where its containers share one. */
  readonly pidNamespace: ResourceState;
  readonly pausePid?: number;
  /** Values that are kept in memory only: fetched again by the next agent. */
  readonly secretsFetched: boolean;
  readonly environmentFetched: boolean;
  /** Of the mounts of its volumes on EFS, and where each is, by the volume's name. */
  readonly fileSystems: ResourceState;
  readonly fileSystemPaths?: Readonly<Record<string, string>>;
  readonly filesWritten: boolean;
  readonly logs: ResourceState;
  /** Under which containers ask for the task role's credentials: a secret. Absent: there is no role. */
  readonly credentialsId?: string;
  readonly containers: readonly ContainerFacts[];
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
  readonly stoppingAt?: number;
  readonly executionStoppedAt?: number;
  readonly stoppedAt?: number;
}

/** The store's value at keys.agentTask. */
export interface AgentTaskRecord {
  readonly desired: DesiredTask;
  readonly facts: TaskFacts;
}

/** A change of facts, to be applied to whatever they are by then. */
export type FactsChange = (facts: TaskFacts) => TaskFacts;

/** Facts of a task of which nothing was made yet. */
export function newFacts(assignment: TaskAssignment, ids: IdSource): TaskFacts {
  return {
    status: 'PROVISIONING',
    eni: 'none',
    disk: 'none',
    cgroup: 'none',
    pidNamespace: 'none',
    logs: 'none',
    secretsFetched: false,
    environmentFetched: false,
    fileSystems: 'none',
    filesWritten: false,
    ...(assignment.taskRoleArn !== undefined && { credentialsId: ids.uuid() }),
    containers: assignment.containers.map(({ definition }) => ({
      name: definition.name,
      essential: definition.essential,
      runtimeId: newRuntimeId(assignment.taskId, ids),
      phase: 'none',
      begun: false,
      deleted: false,
      pulled: false,
      charged: false,
      logsReady: false,
    })),
  };
}

/** `<task id>-<10 digits>`, the form that Fargate shows. */
function newRuntimeId(taskId: string, ids: IdSource): string {
  const digits = BigInt(`0x${ids.hex(16)}`) % 10_000_000_000n;
  return `${taskId}-${String(digits).padStart(10, '0')}`;
}

/** Of the container without a program that holds a task's PID namespace. */
export function pauseRuntimeId(taskId: string): string {
  return `${taskId}-0000000000`;
}

/** Its process is there, or will be again. */
export function isAlive({ phase }: Pick<ContainerFacts, 'phase'>): boolean {
  return phase === 'running' || phase === 'restarting';
}

/** Its start was asked for and has no outcome yet. */
export function mayRun({ phase, starting, deleted }: ContainerFacts): boolean {
  return phase === 'created' && starting === true && !deleted;
}

/** Its process was started once, or never will be. */
export function isPastStart({ phase }: Pick<ContainerFacts, 'phase'>): boolean {
  return phase !== 'none' && phase !== 'created';
}

/** The task that a runtime id belongs to. */
export function taskIdOf(runtimeId: string): string {
  return runtimeId.slice(0, Math.max(runtimeId.lastIndexOf('-'), 0));
}

/** A change of one container's facts. */
export function changeContainer(
  name: string,
  change: (container: ContainerFacts) => Partial<ContainerFacts>,
): FactsChange {
  return (facts) => ({
    ...facts,
    containers: facts.containers.map((container) =>
      container.name === name ? { ...container, ...change(container) } : container,
    ),
  });
}

import type { ContainerFigures } from '../domain/metadata/statistics.ts';

/** One cgroup a task, holding the task's limits; containers' cgroups lie below it. Cgroup v1 and v2. */
export interface TaskLimits {
  /** CPU units; 1024 are one vCPU. Becomes quota and period. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
}

export interface TaskCgroups {
  /** May be repeated. Resolves with the parent for an OCI spec's `cgroupsPath`, e.g. `/neargate/<id>`. */
  create(taskId: string, limits: TaskLimits): Promise<{ readonly cgroupsPath: string }>;
  /** Removes it and all below; kills what is still inside. May be repeated. */
  remove(taskId: string): Promise<void>;
  list(): Promise<string[]>;
  /** What a container has used and uses, by its runtime id; `not-found` when it has no cgroup. */
  figures(taskId: string, containerId: string): Promise<ContainerFigures>;
}

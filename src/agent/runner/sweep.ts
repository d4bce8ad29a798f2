/** Looks at the machine for what carries a task's id, and removes what no task owns. Never touches what is not ours. */
import type { ContainerRuntime } from '../../ports/container-runtime.ts';
import type { FileSystemMounts } from '../../ports/file-system-mounts.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskCgroups } from '../../ports/task-cgroups.ts';
import type { TaskDisks } from '../../ports/task-disks.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { TaskLogs } from '../logs/task-logs.ts';
import type { Observed } from './recover.ts';

export interface SweepDeps {
  readonly runtime: ContainerRuntime;
  readonly network: TaskNetwork;
  readonly disks: TaskDisks;
  readonly cgroups: TaskCgroups;
  readonly logs: TaskLogs;
  readonly fileSystems: FileSystemMounts;
  readonly logger: Logger;
}

export async function observe(deps: SweepDeps): Promise<Observed> {
  const [containers, attached, disks, cgroups, logs, fileSystems] = await Promise.all([
    deps.runtime.list(),
    deps.network.listAttached(),
    deps.disks.list(),
    deps.cgroups.list(),
    deps.logs.list(),
    deps.fileSystems.list(),
  ]);
  return {
    containers: new Map(containers.map((container) => [container.id, container])),
    attached: new Set(attached),
    disks: new Set(disks),
    cgroups: new Set(cgroups),
    logs: new Set(logs),
    fileSystems: new Set(fileSystems),
  };
}

/** Resolves with the ids of the tasks of which something could not be removed. */
export async function sweep(
  observed: Observed,
  isOwned: (taskId: string) => boolean,
  deps: SweepDeps,
): Promise<string[]> {
  const { containers, ...byTask } = observed;
  const taskIds = new Set(Object.values(byTask).flatMap((ids) => [...ids]));
  for (const { taskId } of containers.values()) taskIds.add(taskId);
  const left: string[] = [];
  for (const taskId of taskIds) {
    if (isOwned(taskId)) continue;
    deps.logger.info('sweep: removing what no task owns', { taskId });
    try {
      await removeAll(taskId, observed, deps);
    } catch (error) {
      deps.logger.error('sweep: cannot remove what no task owns', { taskId, error });
      left.push(taskId);
    }
  }
  return left;
}

async function removeAll(taskId: string, observed: Observed, deps: SweepDeps): Promise<void> {
  for (const container of observed.containers.values()) {
    if (container.taskId === taskId) await deps.runtime.delete(container.id);
  }
  await deps.logs.remove(taskId);
  await deps.fileSystems.unmount(taskId);
  await deps.network.detach(taskId);
  await deps.disks.remove(taskId);
  await deps.cgroups.remove(taskId);
}

/** TaskCgroups in memory: remembers the limits, limits nothing. */
import { AppError } from '../../domain/errors.ts';
import type { ContainerFigures } from '../../domain/metadata/statistics.ts';
import type { TaskCgroups, TaskLimits } from '../../ports/task-cgroups.ts';

const NOTHING_USED: ContainerFigures = {
  cpu: { total: 0, kernel: 0, user: 0, perCpu: [], periods: 0, throttledPeriods: 0, throttledTime: 0 },
  memory: { usage: 0, stats: {} },
  block: { bytes: [], operations: [] },
  processes: 0,
};
const TASK_ID = /^[A-Za-z0-9_-]{1,128}$/;

export class FakeTaskCgroups implements TaskCgroups {
  readonly limits = new Map<string, TaskLimits>();

  async create(taskId: string, limits: TaskLimits): Promise<{ readonly cgroupsPath: string }> {
    if (!TASK_ID.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    if (!(limits.cpuUnits > 0) || !(limits.memoryMiB > 0)) {
      throw new AppError('invalid', `no limits for task ${taskId}`);
    }
    this.limits.set(taskId, limits);
    return { cgroupsPath: `/neargate-fake/${taskId}` };
  }

  async remove(taskId: string): Promise<void> {
    if (!TASK_ID.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    this.limits.delete(taskId);
  }

  async figures(taskId: string, containerId: string): Promise<ContainerFigures> {
    if (!TASK_ID.test(taskId) || !TASK_ID.test(containerId)) throw new AppError('invalid', 'not an id');
    if (!this.limits.has(taskId)) throw new AppError('not-found', `no cgroup of task ${taskId}`);
    return NOTHING_USED;
  }

  async list(): Promise<string[]> {
    return [...this.limits.keys()];
  }
}

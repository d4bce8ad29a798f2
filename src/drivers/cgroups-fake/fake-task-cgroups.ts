/** TaskCgroups in memory: remembers the limits, limits nothing. */
import { AppError } from '../../domain/errors.ts';
import type { TaskCgroups, TaskLimits } from '../../ports/task-cgroups.ts';

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

  async list(): Promise<string[]> {
    return [...this.limits.keys()];
  }
}

/** What the logs are told of a container, and what they may ask for later. */
import { findFirelensRouter } from '../../domain/ecs/firelens/router.ts';
import type { AssignedContainer } from '../../domain/task/assignment.ts';
import type { ContainerLogs } from '../logs/task-logs.ts';
import { routerSocketPath } from './firelens-files.ts';
import type { StepContext } from './step-context.ts';

type Surroundings = Pick<StepContext, 'assignment' | 'facts' | 'memory'> & {
  readonly deps: Pick<StepContext['deps'], 'inputs'>;
};

export function containerLogs(context: Surroundings, container: AssignedContainer): ContainerLogs {
  const { assignment, facts, memory, deps } = context;
  const { name } = container.definition;
  const own = facts().containers.find((one) => one.name === name);
  return {
    assignment,
    container,
    runtimeId: own?.runtimeId ?? '',
    router: {
      socketPath() {
        const { diskPath } = facts();
        return diskPath === undefined ? undefined : routerSocketPath(diskPath);
      },
      hasEnded() {
        const router = findFirelensRouter(assignment.containers)?.container;
        return facts().containers.some((one) => one.name === router && one.phase === 'stopped');
      },
    },
    async secretOptions(signal) {
      const declared = container.definition.logConfiguration?.secretOptions ?? [];
      if (declared.length === 0) return {};
      // Only the agent that launched the task has them in mind.
      const secrets = memory.secrets ?? (await deps.inputs.secrets(assignment, signal));
      return secrets.logOptions(name);
    },
  };
}

/** What the logs are told of a container without a router and without secrets. */
import type { ContainerLogs } from '../../../src/agent/logs/task-logs.ts';
import type { AssignedContainer, TaskAssignment } from '../../../src/domain/task/assignment.ts';

export function someContainerLogs(
  assignment: TaskAssignment,
  container: AssignedContainer,
  over: Partial<ContainerLogs> = {},
): ContainerLogs {
  return {
    assignment,
    container,
    runtimeId: `${assignment.taskId}-0000000001`,
    router: { socketPath: () => undefined, hasEnded: () => false },
    secretOptions: () => Promise.resolve({}),
    ...over,
  };
}

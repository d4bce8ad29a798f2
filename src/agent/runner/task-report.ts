/** The picture of a task that goes to the control plane, from its facts. */
import type { ContainerReport, TaskReport } from '../../domain/task/assignment.ts';
import type { TaskStatus } from '../../domain/task/lifecycle.ts';
import { taskHealth } from '../../domain/task/health.ts';
import { type ContainerFacts, isAlive, mayRun, type TaskFacts } from './facts.ts';
import type { TaskShape } from './task-shape.ts';

export function taskReport(taskId: string, facts: TaskFacts, shape: TaskShape): TaskReport {
  return {
    taskId,
    status: facts.status,
    ...(facts.stop !== undefined && { stop: facts.stop }),
    eniAttached: facts.namespacePath !== undefined,
    eniDetached: facts.eni === 'gone',
    healthStatus: taskHealth(
      facts.containers.map(({ name, essential, health }) => ({
        essential,
        hasHealthCheck: shape.container(name).healthCheck !== undefined,
        health: health?.status ?? 'UNKNOWN',
      })),
    ),
    containers: facts.containers.map((container) => containerReport(container, facts)),
    ...present(facts, [
      'pullStartedAt',
      'pullStoppedAt',
      'startedAt',
      'stoppingAt',
      'executionStoppedAt',
      'stoppedAt',
    ]),
  };
}

function containerReport(container: ContainerFacts, facts: TaskFacts): ContainerReport {
  return {
    name: container.name,
    status: containerStatus(container, facts),
    healthStatus: container.health?.status ?? 'UNKNOWN',
    ...(container.begun && { runtimeId: container.runtimeId }),
    ...present(container, ['imageDigest', 'exitCode', 'reason', 'startedAt', 'finishedAt', 'restartCount']),
  };
}

/** One that was never started counts as stopped as soon as the task is to stop and no start of it is under way. */
function containerStatus(container: ContainerFacts, facts: TaskFacts): TaskStatus {
  if (isAlive(container)) return 'RUNNING';
  if (container.phase === 'stopped') return 'STOPPED';
  return facts.stop === undefined || mayRun(container) ? 'PENDING' : 'STOPPED';
}

/** The named members that are there, and no others. */
function present<T extends object, K extends keyof T>(value: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.flatMap((name) => (value[name] === undefined ? [] : [[name, value[name]]])),
  ) as Pick<T, K>;
}

/** What a failed step makes of a task's facts: who is to blame, whether the task ends, in Fargate's words. */
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import type { AppError } from '../../domain/errors.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import { containerFailed, containerNotRestarted, stopBecause, unchanged } from './changes.ts';
import type { FactsChange, TaskFacts } from './facts.ts';
import { launchFailure } from './failure.ts';
import type { LaunchStep } from './steps.ts';

export interface FailedLaunch {
  readonly step: LaunchStep;
  readonly error: AppError;
  readonly assignment: TaskAssignment;
  readonly runtimeTimeoutMs: number;
  readonly now: number;
}

/** These end only their container, where that is not essential; what all need, and each pull, ends the task. */
const OF_ONE_CONTAINER: ReadonlySet<string> = new Set(['create-container', 'start-container']);

export function launchFailed(failure: FailedLaunch, facts: TaskFacts): FactsChange {
  const { step, error, assignment, now, runtimeTimeoutMs } = failure;
  const name = step.container ?? '';
  if (step.name === 'restart-container') return containerNotRestarted(name);
  const names = platformVersion(assignment.platformVersion).errorNames;
  const words = launchFailure(step.name, error, { names, runtimeTimeoutMs });
  const blame = words.container === undefined ? unchanged : containerFailed(name, words.container, now);
  const isEssential = facts.containers.some((one) => one.name === name && one.essential);
  if (OF_ONE_CONTAINER.has(step.name) && !isEssential) return blame;
  const stop = stopBecause({ stopCode: 'TaskFailedToStart', reason: words.task });
  return (current) => endPull(step, now)(blame(stop(current)));
}

function endPull(step: LaunchStep, now: number): FactsChange {
  if (step.name !== 'pull-image') return unchanged;
  return (facts) => ({ ...facts, pullStoppedAt: facts.pullStoppedAt ?? now });
}

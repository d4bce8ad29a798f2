/** Whether a container that ended is started again, by its `restartPolicy`. Pure. */
import type { ContainerRestartPolicy } from '../ecs/task-definition.ts';

const DEFAULT_PERIOD_S = 300;

export interface EndedRun {
  readonly exitCode: number;
  /** When this run began (its start, or the last restart) and ended, epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** A run that was shorter than the period, or ended with an ignored code, is the last one. */
export function isRestarted(policy: ContainerRestartPolicy | undefined, run: EndedRun): boolean {
  if (policy?.enabled !== true) return false;
  if (policy.ignoredExitCodes?.includes(run.exitCode) === true) return false;
  const periodMs = (policy.restartAttemptPeriod ?? DEFAULT_PERIOD_S) * 1_000;
  return run.endedAt - run.startedAt >= periodMs;
}

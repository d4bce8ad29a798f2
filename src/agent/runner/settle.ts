/**
 * What follows from a task's facts without any act: an essential container that ended stops the task, a dependency
 * that failed stops who waits for it, statuses move forward, times are set once. Applied after every change.
 */
import { laterStatus, type StopReason, type TaskStatus } from '../../domain/task/lifecycle.ts';
import { endedAsBefore } from './changes.ts';
import { type ContainerFacts, isAlive, isPastStart, mayRun, type TaskFacts } from './facts.ts';
import type { PlanInput } from './plan.ts';
import { readiness } from './readiness.ts';

export const ESSENTIAL_EXITED: StopReason = {
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
};
/** What the ECS agent gives to a container whose dependency failed: as if it had been asked to stop. */
const DEPENDENCY_FAILED_EXIT_CODE = 143;

/** `finished`: nothing is left to stop or to release. */
export function settle(view: PlanInput, finished: boolean): TaskFacts {
  const { now } = view;
  const facts = view.facts.stop === undefined ? failDependents(view) : view.facts;
  const essentialEnded = facts.containers.some(({ essential, phase }) => essential && phase === 'stopped');
  const stop = facts.stop ?? (essentialEnded ? ESSENTIAL_EXITED : undefined);
  const allStarted = facts.containers.every(isPastStart);
  const started = facts.containers.filter((container) => container.startedAt !== undefined);
  let next: TaskFacts = stop === undefined ? facts : { ...endRestarts(view, facts), stop };
  if (allStarted && started.length > 0) next = { ...next, startedAt: next.startedAt ?? now };
  const allPulled = facts.containers.every(({ pulled, phase }) => pulled || phase === 'stopped');
  if (allPulled && facts.pullStartedAt !== undefined) {
    next = { ...next, pullStoppedAt: next.pullStoppedAt ?? now };
  }
  if (stop !== undefined) next = { ...next, stoppingAt: next.stoppingAt ?? now };
  const executionEnded = essentialEnded || !next.containers.some(isLive);
  if (stop !== undefined && executionEnded) {
    next = { ...next, executionStoppedAt: next.executionStoppedAt ?? now };
  }
  next = { ...next, status: laterStatus(next.status, statusOf(next, allStarted, finished)) };
  return next.status === 'STOPPED' ? { ...next, stoppedAt: next.stoppedAt ?? now } : next;
}

function statusOf(facts: TaskFacts, allStarted: boolean, finished: boolean): TaskStatus {
  if (facts.stop !== undefined) {
    if (finished) return 'STOPPED';
    return facts.containers.some(isLive) ? 'STOPPING' : 'DEPROVISIONING';
  }
  if (allStarted) return 'RUNNING';
  return facts.eni === 'made' ? 'PENDING' : 'PROVISIONING';
}

/** Its process is there, or may be. */
function isLive(container: ContainerFacts): boolean {
  return isAlive(container) || mayRun(container);
}

/** What was to be started again, and was not asked for before the task's end came, has had its last run. */
function endRestarts({ inFlight }: PlanInput, facts: TaskFacts): TaskFacts {
  const isAskedFor = (name: string): boolean =>
    inFlight.some((step) => step.name === 'restart-container' && step.container === name);
  return {
    ...facts,
    containers: facts.containers.map((container) => {
      const isOver = container.phase === 'restarting' && !isAskedFor(container.name);
      return isOver ? { ...container, ...endedAsBefore(container) } : container;
    }),
  };
}

/** Stops who can never start, and who waits for those in turn. The task goes on unless one of them is essential. */
function failDependents(view: PlanInput): TaskFacts {
  let { facts } = view;
  for (;;) {
    const current = facts;
    const found = current.containers
      .filter((container) => !isPastStart(container))
      .map((container) => ({ container, reason: readiness(container, { ...view, facts: current }).failure }))
      .find(({ reason }) => reason !== undefined);
    if (found?.reason === undefined) return facts;
    facts = failDependent(current, found.container, found.reason);
  }
}

function failDependent(facts: TaskFacts, failed: ContainerFacts, reason: string): TaskFacts {
  const stopped: Partial<ContainerFacts> = {
    phase: 'stopped',
    exitCode: DEPENDENCY_FAILED_EXIT_CODE,
    reason: failed.reason ?? reason,
  };
  const stop: StopReason | undefined = failed.essential
    ? { stopCode: 'TaskFailedToStart', reason }
    : undefined;
  return {
    ...facts,
    ...(facts.stop === undefined && stop !== undefined && { stop }),
    containers: facts.containers.map((container) =>
      container === failed ? { ...container, ...stopped } : container,
    ),
  };
}

/**
 * What follows from a task's facts without any act: an essential container that ended stops the task, statuses move
 * forward, times are set once. Applied after every change.
 */
import { laterStatus, type StopReason, type TaskStatus } from '../../domain/task/lifecycle.ts';
import type { ContainerExit } from '../../ports/container-runtime.ts';
import { changeContainer, type ContainerFacts, type FactsChange, type TaskFacts } from './facts.ts';
import { SIGKILL } from '../../domain/oci/signals.ts';

export const ESSENTIAL_EXITED: StopReason = {
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
};

/** `finished`: nothing is left to stop or to release. */
export function settle(facts: TaskFacts, now: number, finished: boolean): TaskFacts {
  const essentialEnded = facts.containers.some(({ essential, phase }) => essential && phase === 'stopped');
  const stop = facts.stop ?? (essentialEnded ? ESSENTIAL_EXITED : undefined);
  const allStarted = facts.containers.every(({ phase }) => phase === 'running' || phase === 'stopped');
  const started = facts.containers.filter((container) => container.startedAt !== undefined);
  let next: TaskFacts = { ...facts, ...(stop !== undefined && { stop }) };
  if (allStarted && started.length > 0) next = { ...next, startedAt: next.startedAt ?? now };
  const allPulled = facts.containers.every(({ pulled, phase }) => pulled || phase === 'stopped');
  if (allPulled && facts.pullStartedAt !== undefined) {
    next = { ...next, pullStoppedAt: next.pullStoppedAt ?? now };
  }
  if (stop !== undefined) next = { ...next, stoppingAt: next.stoppingAt ?? now };
  const executionEnded = essentialEnded || !facts.containers.some(({ phase }) => phase === 'running');
  if (stop !== undefined && executionEnded) {
    next = { ...next, executionStoppedAt: next.executionStoppedAt ?? now };
  }
  next = { ...next, status: laterStatus(next.status, statusOf(next, allStarted, finished)) };
  return next.status === 'STOPPED' ? { ...next, stoppedAt: next.stoppedAt ?? now } : next;
}

function statusOf(facts: TaskFacts, allStarted: boolean, finished: boolean): TaskStatus {
  if (facts.stop !== undefined) {
    if (finished) return 'STOPPED';
    return facts.containers.some(({ phase }) => phase === 'running') ? 'STOPPING' : 'DEPROVISIONING';
  }
  if (allStarted) return 'RUNNING';
  return facts.eni === 'made' ? 'PENDING' : 'PROVISIONING';
}

/** The task is to stop; the first reason stays. */
export function stopBecause(stop: StopReason): FactsChange {
  return (facts) => ({ ...facts, stop: facts.stop ?? stop });
}

/** A container's process was started at `now`; it may have ended already. */
export function containerStarted(name: string, now: number): FactsChange {
  return changeContainer(name, ({ phase, startedAt }) => ({
    phase: phase === 'stopped' ? phase : 'running',
    startedAt: startedAt ?? now,
  }));
}

/**
 * A container's process ended. The first exit told counts. One that is only being made has none: what the runtime
 * tells then is the end of a half-made one that was removed.
 */
export function containerExited(name: string, exit: ContainerExit): FactsChange {
  return changeContainer(name, (container) => {
    if (container.phase === 'stopped' || container.phase === 'none') return {};
    return {
      phase: 'stopped',
      exitCode: exit.exitCode,
      finishedAt: exit.exitedAt,
      ...outOfMemoryReason({ ...container, exitCode: exit.exitCode }),
    };
  });
}

/** The kernel killed something in the container for want of memory; may be told before or after the exit. */
export function containerOutOfMemory(name: string): FactsChange {
  return changeContainer(name, (container) => ({
    outOfMemory: true,
    ...outOfMemoryReason({ ...container, outOfMemory: true }),
  }));
}

/** A container that cannot be started, or is lost: stopped without an exit code. */
export function containerFailed(name: string, reason: string, now?: number): FactsChange {
  return changeContainer(name, (container) => {
    if (container.phase === 'stopped') return {};
    const failed = { phase: 'stopped', reason: container.reason ?? reason } as const;
    return now === undefined ? failed : { ...failed, finishedAt: now };
  });
}

/** Only where the process died by a SIGKILL that was not ours. */
function outOfMemoryReason(container: ContainerFacts): Partial<ContainerFacts> {
  const wasKilled = container.exitCode === 128 + SIGKILL && container.killedAt === undefined;
  if (!wasKilled || container.outOfMemory !== true) return {};
  return { reason: 'OutOfMemoryError: Container killed due to memory usage' };
}

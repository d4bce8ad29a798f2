/** What happened to a task's containers, as changes of its facts. Each may come twice, late or out of order. */
import { SIGKILL } from '../../domain/oci/signals.ts';
import type { DesiredTask } from '../../domain/task/assignment.ts';
import type { StopReason } from '../../domain/task/lifecycle.ts';
import { isRestarted } from '../../domain/task/restart-policy.ts';
import type { ContainerRestartPolicy } from '../../domain/ecs/task-definition.ts';
import type { ContainerExit, RuntimeContainer } from '../../ports/container-runtime.ts';
import {
  changeContainer,
  type ContainerFacts,
  type ContainerHealth,
  type ContainerPhase,
  type FactsChange,
} from './facts.ts';

export const STOPPED_BY_USER: StopReason = { stopCode: 'UserInitiated', reason: 'Task stopped by user' };
export const VANISHED = 'ContainerVanishedError: No container matching saved ID found';

export const unchanged: FactsChange = (facts) => facts;

/** The task is to stop; the first reason stays. */
export function stopBecause(stop: StopReason): FactsChange {
  return (facts) => ({ ...facts, stop: facts.stop ?? stop });
}

/** What the control plane wants of the task; only a stop changes anything. */
export function desiredChange({ desiredStatus, stop }: DesiredTask): FactsChange {
  return desiredStatus === 'STOPPED' ? stopBecause(stop ?? STOPPED_BY_USER) : unchanged;
}

/** A container's process was started at `now`; it may have ended already. */
export function containerStarted(name: string, now: number): FactsChange {
  return changeContainer(name, ({ earlyExit, ...container }) => {
    if (container.phase !== 'created') return {};
    const running = { phase: 'running', startedAt: now } as const;
    return earlyExit === undefined ? running : { ...running, ...ended(container, earlyExit) };
  });
}

/** A container's process ended. `policy` may have it started again. */
export function containerExited(
  name: string,
  exit: ContainerExit,
  policy: ContainerRestartPolicy | undefined,
): FactsChange {
  return (facts) =>
    changeContainer(name, (container) => {
      const mayRestart = facts.stop === undefined;
      return afterExit(container, exit, mayRestart ? policy : undefined);
    })(facts);
}

/** A container that was seen to live was looked at: it may have ended, or be gone. */
export function containerInspected(
  name: string,
  { phase, found }: { readonly phase: ContainerPhase; readonly found: RuntimeContainer | undefined },
  policy: ContainerRestartPolicy | undefined,
  now: number,
): FactsChange {
  if (found?.exit !== undefined) return containerExited(name, found.exit, policy);
  const isGone = found === undefined || found.state === 'absent';
  return phase === 'running' && isGone ? containerFailed(name, VANISHED, now) : unchanged;
}

/**
 * What an exit makes of a container. The first exit told of a run counts; one that is only being made has none: what
 * the runtime tells then is the end of a half-made one that was removed.
 */
export function afterExit(
  container: ContainerFacts,
  exit: ContainerExit,
  policy: ContainerRestartPolicy | undefined,
): Partial<ContainerFacts> {
  const { phase, lastExit } = container;
  if (phase === 'stopped' || phase === 'none') return {};
  if (lastExit !== undefined && isToldAgain(exit, lastExit)) return {};
  // Whether it ran at all is told by the start, which is under way: what is removed unstarted ends as well.
  if (phase === 'restarting' || phase === 'created') return { earlyExit: container.earlyExit ?? exit };
  const startedAt = container.restartedAt ?? container.startedAt ?? exit.exitedAt;
  const run = { exitCode: exit.exitCode, startedAt, endedAt: exit.exitedAt };
  if (isRestarted(policy, run)) {
    return { phase: 'restarting', lastExit: exit, restartCount: (container.restartCount ?? 0) + 1 };
  }
  return ended(container, exit);
}

/** It runs again since `now`, or has ended again meanwhile: too soon for another restart. */
export function containerRestarted(name: string, now: number): FactsChange {
  return changeContainer(name, ({ earlyExit, ...container }) => {
    if (container.phase !== 'restarting') return {};
    const running = { phase: 'running', restartedAt: now, outOfMemory: false } as const;
    return earlyExit === undefined ? running : { ...running, ...ended(container, earlyExit) };
  });
}

/** It could not be started again: its last run was its end. */
export function containerNotRestarted(name: string): FactsChange {
  return changeContainer(name, (container) => {
    return container.phase === 'restarting' ? endedAsBefore(container) : {};
  });
}

/** The last run was the end. */
export function endedAsBefore(container: ContainerFacts): Partial<ContainerFacts> {
  return container.lastExit === undefined ? {} : ended(container, container.lastExit);
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

/** A health check ended; `since` moves only with the status. */
export function containerHealth(name: string, health: ContainerHealth): FactsChange {
  return changeContainer(name, ({ health: before }) => ({
    health: before?.status === health.status ? { ...health, since: before.since } : health,
  }));
}

/** The end of the run before, or of an earlier one. Two runs may end within one millisecond. */
function isToldAgain(exit: ContainerExit, last: ContainerExit): boolean {
  const isSame = exit.exitedAt === last.exitedAt && exit.exitCode === last.exitCode;
  return isSame || exit.exitedAt < last.exitedAt;
}

function ended(container: ContainerFacts, exit: ContainerExit): Partial<ContainerFacts> {
  return {
    phase: 'stopped',
    exitCode: exit.exitCode,
    finishedAt: exit.exitedAt,
    ...outOfMemoryReason({ ...container, exitCode: exit.exitCode }),
  };
}

/** Only where the process died by a SIGKILL that was not ours. */
function outOfMemoryReason(container: ContainerFacts): Partial<ContainerFacts> {
  const wasKilled = container.exitCode === 128 + SIGKILL && container.killedAt === undefined;
  if (!wasKilled || container.outOfMemory !== true) return {};
  return { reason: 'OutOfMemoryError: Container killed due to memory usage' };
}

/** How containers are stopped and how what was made is released. Every step may be repeated and works on half of it. */
import { firelensUsers } from '../../domain/ecs/firelens/router.ts';
import { hasKind } from '../../domain/errors.ts';
import { parseSignal, SIGKILL } from '../../domain/oci/signals.ts';
import { unmountFileSystems } from '../file-systems/mount-file-systems.ts';
import { containerFailed, unchanged, VANISHED } from './changes.ts';
import { changeContainer, type FactsChange, isAlive, pauseRuntimeId } from './facts.ts';
import type { ContainerContext, Executor } from './step-context.ts';
import type { EndStepName } from './steps.ts';
import { happensWithin, withRetries } from '../waiting.ts';

const NOT_STOPPED =
  'CannotStopContainerError: failed sending SIGKILL to container: context deadline exceeded';
const DEFAULT_STOP_TIMEOUT_S = 30;
const KILL_ATTEMPTS = 5;
/** A killed process may sit in the kernel for a while, waiting for a disk. */
const KILL_WAIT_MS = 10_000;
/** Long enough for a container runtime that was killed to be there again. */
const SIGNAL_RETRIES = { attempts: 10, firstDelayMs: 100, lastDelayMs: 3_000 };

export const END_EXECUTORS: Readonly<Record<EndStepName, Executor>> = {
  'stop-container': stopContainer,
  async 'delete-container'(context) {
    const { runtimeId } = context.containerFacts();
    await context.deps.metadata.runEnds(context.assignment.taskId, runtimeId);
    // The runtime forgets the exit code with the container.
    await context.recorded();
    await context.deps.runtime.delete(runtimeId);
    return changeContainer(context.name, () => ({ deleted: true }));
  },
  async 'close-logs'({ deps, assignment }) {
    await deps.logs.drain(assignment.taskId);
    await deps.logs.remove(assignment.taskId);
    return (facts) => ({ ...facts, logs: 'gone' });
  },
  'unmount-file-systems': unmountFileSystems,
  async 'remove-pid-namespace'({ deps, assignment }) {
    await deps.runtime.delete(pauseRuntimeId(assignment.taskId));
    return (facts) => ({ ...facts, pidNamespace: 'gone' });
  },
  async 'detach-eni'({ deps, assignment }) {
    deps.metadata.end(assignment.taskId);
    await deps.network.detach(assignment.taskId);
    deps.vpcs.interfaceGone();
    return (facts) => ({ ...facts, eni: 'gone' });
  },
  async 'remove-disk'({ deps, assignment }) {
    await deps.disks.remove(assignment.taskId);
    return (facts) => ({ ...facts, disk: 'gone' });
  },
  async 'remove-cgroup'({ deps, assignment }) {
    await deps.cgroups.remove(assignment.taskId);
    return (facts) => ({ ...facts, cgroup: 'gone' });
  },
};

/** The facts when a step was given up: a sweep tries again later, and the task need not wait for it. */
const ABANDONED: Readonly<Record<EndStepName, (container: string) => FactsChange>> = {
  'stop-container': (container) => containerFailed(container, NOT_STOPPED),
  'delete-container': (container) => changeContainer(container, () => ({ deleted: true })),
  'close-logs': () => (facts) => ({ ...facts, logs: 'gone' }),
  'unmount-file-systems': () => (facts) => ({ ...facts, fileSystems: 'gone' }),
  'remove-pid-namespace': () => (facts) => ({ ...facts, pidNamespace: 'gone' }),
  'detach-eni': () => (facts) => ({ ...facts, eni: 'gone' }),
  'remove-disk': () => (facts) => ({ ...facts, disk: 'gone' }),
  'remove-cgroup': () => (facts) => ({ ...facts, cgroup: 'gone' }),
};

export function abandoned(step: EndStepName, container: string): FactsChange {
  return ABANDONED[step](container);
}

/** Its stop signal, then SIGKILL when its time is over. The time goes on over a restart of the agent. */
async function stopContainer(context: ContainerContext): Promise<FactsChange> {
  const { deps, container, name, signal } = context;
  const { clock } = deps;
  const exited = context.exited(name);
  const timeoutMs = (container.definition.stopTimeout ?? DEFAULT_STOP_TIMEOUT_S) * 1_000;
  const { signalledAt, stopSignal } = context.containerFacts();
  if (signalledAt === undefined) {
    await handOutputOver(context);
    await send(context, parseSignal(stopSignal));
    const now = clock.now();
    context.change(changeContainer(name, () => ({ signalledAt: now })));
  }
  const elapsedMs = clock.now() - (signalledAt ?? clock.now());
  if (await happensWithin(exited, timeoutMs - elapsedMs, clock, signal)) return unchanged;
  for (let attempt = 1; attempt <= KILL_ATTEMPTS; attempt += 1) {
    const now = clock.now();
    context.change(changeContainer(name, ({ killedAt }) => ({ killedAt: killedAt ?? now })));
    // A runtime that does not answer is not asked again: the container's removal does without it.
    if (!(await send(context, SIGKILL))) break;
    if (await happensWithin(exited, KILL_WAIT_MS, clock, signal)) return unchanged;
  }
  return containerFailed(name, NOT_STOPPED, clock.now());
}

/** What those that log to this router wrote goes to it while it is there. */
async function handOutputOver({ deps, assignment, container, facts }: ContainerContext): Promise<void> {
  if (container.definition.firelensConfiguration === undefined) return;
  const ended = facts().containers.filter((one) => !isAlive(one));
  const names = firelensUsers(assignment.containers).map((user) => user.container.definition.name);
  await deps.logs.drain(
    assignment.taskId,
    names.filter((name) => ended.some((one) => one.name === name)),
  );
}

/** Resolves false when the runtime did not take it. */
async function send(context: ContainerContext, signalNumber: number): Promise<boolean> {
  const { deps, signal, name } = context;
  const { runtimeId } = context.containerFacts();
  try {
    return await withRetries({ ...SIGNAL_RETRIES, clock: deps.clock, signal }, async () => {
      try {
        await deps.runtime.signal(runtimeId, signalNumber);
      } catch (error) {
        // It had its time; asking again only takes more.
        if (hasKind(error, 'deadline')) return false;
        if (!hasKind(error, 'not-found')) throw error;
        context.change(containerFailed(name, VANISHED, deps.clock.now()));
      }
      return true;
    });
  } catch (error) {
    // The kill that follows, or the container's removal, ends it all the same.
    context.logger.warn('container: cannot send a signal', { container: name, signalNumber, error });
    return false;
  }
}

/**
 * The shim process of a task's containers: whether it answers, and its end when it does not. Whatever asks a shim that
 * hangs (it was stopped, or waits in the kernel) waits with it; what must come to an end all the same, watches it.
 */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import {
  findProcesses,
  hasEndedWithin,
  type ProcessIdentity,
  signalProcess,
} from '../../linux/process-identity.ts';
import type { Logger } from '../../ports/logger.ts';
import { taskIdOf } from './container-record.ts';
import type { ContainerdClient } from './grpc/containerd-client.ts';
import { removeDeadShimSocket, shimSocketPath } from './shim-socket.ts';

/** Work that takes longer makes its shim be watched. */
const UNWATCHED_MS = 1_000;
/** A shim that has not answered within it never will: what is asked needs neither disk nor locks that are held for long. */
const ANSWER_TIMEOUT_MS = 4_000;
const END_TIMEOUT_MS = 2_000;
/** No command has this id. */
const NO_COMMAND = 'neargate-probe';

export type Watched<T> = { readonly answers: true; readonly value: T } | { readonly answers: false };

export function shimSilent(id: string): AppError {
  return new AppError('deadline', `the shim of container "${id}" does not answer`);
}

/** Does work that asks a container's shim. When the shim does not answer, the work is given up: its signal fires. */
export async function whileShimAnswers<T>(
  client: ContainerdClient,
  id: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Watched<T>> {
  const given = new AbortController();
  const done = new AbortController();
  const watching = watch(client, id, done.signal, () => given.abort(shimSilent(id)));
  try {
    return { answers: true, value: await work(given.signal) };
  } catch (error) {
    if (given.signal.aborted) return { answers: false };
    throw error;
  } finally {
    done.abort();
    await watching;
  }
}

async function watch(
  client: ContainerdClient,
  id: string,
  signal: AbortSignal,
  onSilence: () => void,
): Promise<void> {
  try {
    for (;;) {
      await sleep(UNWATCHED_MS, undefined, { signal });
      if (!(await answers(client, id, signal))) return onSilence();
    }
  } catch {
    // The work is done.
  }
}

/** Asks for a command that does not exist: the shim knows that without asking anybody. */
async function answers(client: ContainerdClient, id: string, signal: AbortSignal): Promise<boolean> {
  const request = { containerId: id, execId: NO_COMMAND };
  try {
    await client.call('taskGet', request, { signal, timeoutMs: ANSWER_TIMEOUT_MS });
  } catch (error) {
    return !hasKind(error, 'deadline');
  }
  return true;
}

/** Shims of a task that serve this containerd. */
export async function findShims(client: ContainerdClient, taskId: string): Promise<ProcessIdentity[]> {
  return findProcesses((args) => taskOfShim(client, args) === taskId);
}

/** The task that a shim of this containerd is for; undefined of any other process. */
function taskOfShim(
  { namespace, socketPath }: ContainerdClient,
  args: readonly string[],
): string | undefined {
  const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
  const isOurs =
    basename(args[0] ?? '').startsWith('containerd-shim-') &&
    after('-namespace') === namespace &&
    after('-address') === socketPath &&
    // containerd's own short calls of the program.
    !args.includes('start') &&
    !args.includes('delete');
  return isOurs ? taskIdOf(after('-id')) : undefined;
}

/** Kills a task's shims, and with that its containers, which containerd then clears up. */
export async function killShims(client: ContainerdClient, taskId: string): Promise<void> {
  for (const shim of await findShims(client, taskId)) {
    await signalProcess(shim, 'SIGKILL');
    if (!(await hasEndedWithin(shim, END_TIMEOUT_MS))) {
      throw new AppError('deadline', `the shim of task ${taskId} (process ${shim.pid}) cannot be killed`);
    }
  }
}

/**
 * Kills the shims of this containerd of whose task it has no container: it has forgotten those that did not answer when it
 * started, and nobody would ever end them. At any time, for a container is on record for longer than it has a shim.
 */
export async function killOrphanShims(client: ContainerdClient, log: Logger): Promise<void> {
  const tasks = new Set<string>();
  await findProcesses((args) => {
    const task = taskOfShim(client, args);
    if (task !== undefined) tasks.add(task);
    return task !== undefined;
  });
  if (tasks.size === 0) return;
  const { containers } = await client.call('containerList', {});
  for (const { id } of containers) tasks.delete(taskIdOf(id));
  for (const taskId of tasks) {
    log.warn('a shim without containers was left over and is killed', { taskId });
    try {
      await killShims(client, taskId);
    } catch (error) {
      // It waits in the kernel; nothing else depends on it.
      log.error('a shim that was left over cannot be killed', { taskId, error });
    }
    await removeDeadShimSocket(shimSocketPath(client.socketPath, client.namespace, taskId));
  }
}

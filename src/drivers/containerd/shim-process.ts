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
import { taskIdOf } from './container-record.ts';
import type { ContainerdClient } from './containerd-client.ts';

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

/** Shims of a container's task that serve this containerd. */
export async function findShims(client: ContainerdClient, id: string): Promise<ProcessIdentity[]> {
  const { namespace, socketPath } = client;
  return findProcesses((args) => {
    const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
    return (
      basename(args[0] ?? '').startsWith('containerd-shim-') &&
      after('-namespace') === namespace &&
      after('-address') === socketPath &&
      after('-id').startsWith(`${taskIdOf(id)}-`) &&
      // containerd's own short calls of the program.
      !args.includes('start') &&
      !args.includes('delete')
    );
  });
}

/** Kills a task's shims, and with that its containers, which containerd then clears up. */
export async function killShims(client: ContainerdClient, id: string): Promise<void> {
  for (const shim of await findShims(client, id)) {
    await signalProcess(shim, 'SIGKILL');
    if (!(await hasEndedWithin(shim, END_TIMEOUT_MS))) {
      throw new AppError('deadline', `the shim of container "${id}" (process ${shim.pid}) cannot be killed`);
    }
  }
}

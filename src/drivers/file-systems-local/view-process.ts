/**
 * A process of bindfs that shows one directory as one user, and can reach nothing else: once it runs, that directory
 * is all that its mount namespace has. Until then nobody sees its view.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { findProcessesAnywhere, hasEndedWithin, signalProcess } from '../../linux/process-identity.ts';
import { enterRoot, inMountNamespace, inNewMountNamespace } from '../../linux/mount-namespace.ts';
import { cloneMountAt } from '../../linux/mount-tree.ts';
import { bindfsCommand, type BindfsRequest, fuseVersion, isNamed, PROGRAM_PATH } from './bindfs-command.ts';
import { buildViewRoot, SOURCE, VIEW } from './view-root.ts';

const START_TIMEOUT_MS = 10_000;
const LONGEST_PAUSE_MS = 16;
/** Almost last: tasks that use the view lose their files with it. */
const OOM_SCORE = '-900';
const KILL_TIMEOUT_MS = 5000;
const ENVIRONMENT = {
  PATH: PROGRAM_PATH,
  // The C library would load it when a thread is ended, from what is gone by then.
  LD_PRELOAD: 'libgcc_s.so.1',
};

export interface ViewProcessRequest extends Pick<BindfsRequest, 'name' | 'user'> {
  /** A mount of the directory to show, attached nowhere. */
  readonly source: number;
  /** A directory that exists; in its place the process sees what it needs of the host. */
  readonly workDirectory: string;
}

interface Started {
  readonly child: ChildProcess;
  /** Where it writes errors to: a file in memory that ends with it. */
  readonly log: number;
}

/**
 * Starts the process, waits until it shows the directory, and locks it in. Resolves with a mount of the view that is
 * attached nowhere. `unavailable` when it does not come up. The caller closes both mounts.
 */
export async function startView(request: ViewProcessRequest): Promise<number> {
  const fuse = await fuseVersion();
  const { child, log } = inNewMountNamespace(() => {
    buildViewRoot(request.workDirectory, request.source, request.user?.uid ?? 0);
    enterRoot(request.workDirectory);
    return start(bindfsCommand({ ...request, fuse, source: SOURCE, view: VIEW }));
  });
  try {
    await shown(child);
    spareMemoryKiller(child);
    return lockIn(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw failure(log, error);
  } finally {
    closeSync(log);
  }
}

function start([program, ...args]: readonly [string, ...string[]]): Started {
  const log = openSync('/log', 'w+', 0o600);
  const stdio = ['ignore', log, log] as const;
  const child = spawn(program, args, { cwd: '/', env: ENVIRONMENT, stdio: [...stdio], detached: true });
  child.on('error', () => undefined);
  child.unref();
  return { child, log };
}

/** Waits until the view is mounted in the process's namespace, and answers. */
async function shown(child: ChildProcess): Promise<void> {
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new AppError('unavailable', 'it has ended');
    }
    if (deadline.aborted) throw new AppError('deadline', 'it does not start');
    const mounts = await readFile(`/proc/${child.pid}/mountinfo`, 'utf8').catch(() => '');
    if (mounts.split('\n').some((line) => line.split(' ')[4] === VIEW)) break;
    await sleep(pauseMs);
  }
  await stat(`/proc/${child.pid}/root${VIEW}`);
}

/** Takes the view out of the process's namespace, and then all but the directory that it shows. */
function lockIn({ pid }: ChildProcess): number {
  const namespace = openSync(`/proc/${pid}/ns/mnt`, 'r');
  try {
    return inMountNamespace(namespace, () => {
      const view = cloneMountAt(VIEW);
      enterRoot(SOURCE);
      return view;
    });
  } finally {
    closeSync(namespace);
  }
}

/** Where we may: in a container we may not. */
function spareMemoryKiller({ pid }: ChildProcess): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, OOM_SCORE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
}

function failure(log: number, cause: unknown): AppError {
  const said = readFileSync(`/proc/self/fd/${log}`, 'utf8').trim();
  return new AppError('unavailable', `bindfs does not start: ${said}`, { cause });
}

/** Ends processes of that name, and waits for it. `onlyUnfinished`: those that were left before they were locked in. */
export async function endViewProcesses(name: string, onlyUnfinished: boolean): Promise<void> {
  for (const identity of await findProcessesAnywhere((args) => isNamed(name, args))) {
    if (onlyUnfinished && (await isLockedIn(identity.pid))) continue;
    await signalProcess(identity, 'SIGKILL');
    await hasEndedWithin(identity, KILL_TIMEOUT_MS);
  }
}

/** Nothing is mounted for it but the directory that it shows. */
async function isLockedIn(pid: number): Promise<boolean> {
  const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
  return mounts.trim().split('\n').length === 1;
}

/** Processes told apart for certain: a pid together with the time when it started, as /proc has them. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 50;
/** Of /proc/<pid>/stat, from its third field on (proc(5)). */
const THREADS = 17;
const START_TIME = 19;

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as text. */
  readonly startTime: string;
}

/** The start time of a living process; undefined when there is none (a zombie counts as none). */
export function processStartTime(pid: number): string | undefined {
  try {
    return startTimeIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (hasEnded(error)) return undefined;
    throw error;
  }
}

/** The identity of a living process, as `processStartTime` tells it. */
export async function readIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = startTimeIn((await readProc(`/proc/${pid}/stat`)) ?? '');
  return startTime === undefined ? undefined : { pid, startTime };
}

function startTimeIn(stat: string): string | undefined {
  const fields = fieldsIn(stat);
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[START_TIME];
}

/** From the third on: the second is the program's name in brackets and may hold anything. */
function fieldsIn(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** True while this very process lives. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await readIdentity(identity.pid))?.startTime === identity.startTime;
}

/** Sends a signal if this very process still lives. */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isRunning(identity))) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until this very process has ended, with all that it holds; false when it has not within the time. */
export async function hasEndedWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (let pauseMs = 2; await holdsSomething(identity); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (deadline.aborted) return false;
    await sleep(pauseMs);
  }
  return true;
}

/** A process whose first thread has ended holds files, sockets and mounts for as long as it has others. */
async function holdsSomething({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const fields = fieldsIn((await readProc(`/proc/${pid}/stat`)) ?? '');
  if (fields[START_TIME] !== startTime || fields[0] === 'X') return false;
  return fields[0] !== 'Z' || Number(fields[THREADS]) > 1;
}

/** Processes of our own mount namespace whose arguments hold `sequence` one after the other. */
export async function processesWithArguments(sequence: readonly string[]): Promise<ProcessIdentity[]> {
  const wanted = `\0${sequence.join('\0')}\0`;
  return findProcesses((args) => `\0${args.join('\0')}\0`.includes(wanted));
}

/**
 * Processes of our own mount namespace, by their arguments. The namespace matters: a process inside a container may
 * call itself anything.
 */
export async function findProcesses(
  matches: (args: readonly string[]) => boolean,
): Promise<ProcessIdentity[]> {
  const ourNamespace = await readlink('/proc/self/ns/mnt');
  const found = await Promise.all(
    (await findProcessesAnywhere(matches)).map(async (identity) => {
      const namespace = await readlink(`/proc/${identity.pid}/ns/mnt`).catch(() => undefined);
      return namespace === ourNamespace ? identity : undefined;
    }),
  );
  return found.filter((identity) => identity !== undefined);
}

/** The same in all mount namespaces: it is for the caller to find out whether they are what they say. */
export async function findProcessesAnywhere(
  matches: (args: readonly string[]) => boolean,
): Promise<ProcessIdentity[]> {
  const found = await Promise.all(
    (await allPids()).map(async (pid) => {
      const commandLine = await readProc(`/proc/${pid}/cmdline`);
      if (!commandLine || !matches(commandLine.replace(/\0$/, '').split('\0'))) return undefined;
      return readIdentity(pid);
    }),
  );
  return found.filter((identity) => identity !== undefined);
}

/** Living processes of a session, which outlives its first process as long as it has any. */
export async function processesOfSession(session: number): Promise<ProcessIdentity[]> {
  const found = await Promise.all(
    (await allPids()).map(async (pid) => {
      const stat = (await readProc(`/proc/${pid}/stat`)) ?? '';
      const startTime = fieldsIn(stat)[3] === String(session) ? startTimeIn(stat) : undefined;
      return startTime === undefined ? undefined : { pid, startTime };
    }),
  );
  return found.filter((identity) => identity !== undefined);
}

async function allPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** A file of a process that may end at any moment. */
async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasEnded(error)) return undefined;
    throw error;
  }
}

function hasEnded(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

/** A process that outlives its starter, remembered so that it is never mistaken for another with the same id. */
import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, from /proc/<pid>/stat: tells a reused pid. */
  readonly startTime: string;
  readonly version: string;
}

/** The start time of a live process, or undefined. A zombie counts as gone. */
export function processStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** True while that very process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** Writes the calling process's identity (0600, atomically). */
export async function writePidFile(path: string, version: string): Promise<void> {
  const identity: ProcessIdentity = {
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? '',
    version,
  };
  await writeFile(`${path}.new`, JSON.stringify(identity), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** The live process that the file names, or undefined. */
export async function readPidFile(path: string): Promise<ProcessIdentity | undefined> {
  try {
    const identity = JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
    return isAlive(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the file if it names the calling process. */
export async function removePidFile(path: string): Promise<void> {
  const identity = await readPidFile(path);
  if (identity?.pid === process.pid) await rm(path, { force: true });
}

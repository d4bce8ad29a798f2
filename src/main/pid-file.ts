/** A process that outlives its starter, remembered so that it is never mistaken for another with the same id. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type ProcessIdentity, processStartTime } from '../linux/process-identity.ts';

/** The process of a pid file. */
export interface RecordedProcess extends ProcessIdentity {
  readonly version: string;
}

/** True while that very process lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** Writes the calling process's identity (0600, atomically). */
export async function writePidFile(path: string, version: string): Promise<void> {
  const identity: RecordedProcess = {
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? '',
    version,
  };
  await writeFile(`${path}.new`, JSON.stringify(identity), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** The live process that the file names, or undefined. */
export async function readPidFile(path: string): Promise<RecordedProcess | undefined> {
  try {
    const identity = JSON.parse(await readFile(path, 'utf8')) as RecordedProcess;
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

/** Removing a cgroup with all below it: processes are killed, then directories go from the leaves up. */
import { readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { nodeError } from '../../linux/errno.ts';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
const GIVE_UP_MS = 10_000;

/** `unavailable` when processes do not end in time. No error when there is no such cgroup. */
export async function removeCgroups(paths: readonly string[]): Promise<void> {
  let waited = 0;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    // One after the other is enough: killing in the first tree empties the others.
    const left: string[] = [];
    for (const path of paths) if (!(await tryRemove(path))) left.push(path);
    if (left.length === 0) return;
    if (waited >= GIVE_UP_MS) {
      throw new AppError('unavailable', `processes in ${left[0]} do not end`, { details: { paths: left } });
    }
    await setTimeout(pause);
    waited += pause;
  }
}

/** True when it is gone. */
async function tryRemove(path: string): Promise<boolean> {
  if (await removeEmpty(path)) return true;
  const groups = await withDescendants(path);
  await killAll(path, groups);
  for (const group of groups.reverse()) await removeEmpty(group);
  return await removeEmpty(path);
}

/** True when it is gone; false while something is inside. */
async function removeEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw nodeError(error, path);
  }
}

/** The cgroup and all below it, parents first. */
async function withDescendants(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  return [path, ...(await Promise.all(below.map(withDescendants))).flat()];
}

async function killAll(path: string, groups: readonly string[]): Promise<void> {
  // Kills all below, also what is being forked; from Linux 5.14 on, on v2.
  const killed = await writeFile(join(path, 'cgroup.kill'), '1', { flag: 'r+' }).then(
    () => true,
    () => false,
  );
  if (killed) return;
  for (const group of groups) {
    const pids = await readFile(join(group, 'cgroup.procs'), 'latin1').catch(() => '');
    for (const pid of pids.split('\n').map(Number)) if (pid > 1) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

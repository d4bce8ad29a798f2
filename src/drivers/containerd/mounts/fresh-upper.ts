/**
 * The writable layer of a container that is started again, out of reach of who still has the root of its last run open: where
 * containers share a PID namespace, another one may (by /proc/<pid>/root), and could put a link in place of /dev while runc (1.1
 * at least) works there by its path on the machine. What lies at the layer's top is moved to a directory that no mount of
 * before leads to.
 *
 * Nothing is removed but empty directories, and no link is followed: all of it may be changed meanwhile.
 */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RootFilesystem } from '../../../ports/container-runtime.ts';

/** Somebody has put or taken away something meanwhile, which then stays where it is. */
const MEDDLED: ReadonlySet<string | undefined> = new Set([
  ...['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR'],
]);

/** Only while the container has no process. May be repeated: the next call finishes one that was interrupted. */
export async function renewUpper({ upperDir }: RootFilesystem): Promise<void> {
  const [parent, prefix] = [dirname(upperDir), `${basename(upperDir)}-`];
  // Where it is not there, a call was interrupted just here.
  const aside = existsSync(upperDir) ? await setAside(upperDir, join(parent, prefix)) : undefined;
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  const { mode, uid, gid } = await stat(aside ?? join(parent, names[0] ?? ''));
  await mkdir(upperDir);
  await chown(upperDir, uid, gid);
  await chmod(upperDir, mode);
  for (const name of names) await moveAll(join(parent, name), upperDir);
}

async function setAside(directory: string, prefix: string): Promise<string> {
  const aside = await mkdtemp(prefix);
  await rename(directory, aside);
  return aside;
}

async function moveAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) await unlessMeddled(rename(join(from, name), join(to, name)));
  await unlessMeddled(rmdir(from));
}

async function unlessMeddled(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!MEDDLED.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

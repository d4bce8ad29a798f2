/**
 * A server's own directory: its settings, its log, and what it knows of its clients. It is a file system in memory of
 * its own, since a server must not have any of the machine's (server-root.ts), and so is bounded. It outlives the
 * server; with the machine it ends, as do the views, without which no client could go on anyway.
 */
import { mkdir, open, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrno, nodeError } from '../../linux/errno.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, mountNow, unmountNow } from '../../linux/mount.ts';

const OPTIONS = 'mode=700,size=8m,nr_inodes=64k';
const LOG_LIMIT_BYTES = 1024 * 1024;
const LOG_TAIL_LENGTH = 2000;

/** Makes the directory, if it is not there, and writes the settings. */
export async function makeHome(directory: string, settings: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [own, above] = await Promise.all([directory, dirname(directory)].map((path) => stat(path)));
  if (own?.dev === above?.dev) {
    const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    mountNow({ source: 'neargate', target: directory, type: 'tmpfs', flags, data: OPTIONS });
  }
  await mkdir(join(directory, 'recovery'), { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'ganesha.conf'), settings, { mode: 0o600 });
}

/** May be repeated. */
export async function removeHome(directory: string): Promise<void> {
  unmountNow(directory);
  await rmdir(directory).catch((error: unknown) => {
    const failure = nodeError(error, directory);
    if (!hasErrno(failure, 'ENOENT')) throw failure;
  });
}

/** Empties the log when it has grown too long: a server only ever appends to it. */
export async function trimLog(directory: string): Promise<void> {
  const handle = await open(join(directory, 'log'), 'a', 0o600);
  try {
    if ((await handle.stat()).size > LOG_LIMIT_BYTES) await handle.truncate(0);
  } finally {
    await handle.close();
  }
}

/** The end of what the server has said. */
export async function logTail(directory: string): Promise<string> {
  const text = await readFile(join(directory, 'log'), 'utf8').catch(() => '');
  return text.slice(-LOG_TAIL_LENGTH).trim();
}

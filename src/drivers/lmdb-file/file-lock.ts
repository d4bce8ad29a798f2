/**
 * A lock that one process holds on a file (flock). The kernel ends it with the process, however that ends, and no
 * child inherits it, since Node opens files close-on-exec.
 */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import koffi from 'koffi';
import { AppError } from '../../domain/errors.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

const flock = koffi.load(null).func('int flock(int fd, int operation)');

export interface FileLock {
  /** May be repeated. */
  release(): void;
}

/** Takes the lock; throws `failed-precondition` when somebody else has it. The file then names our process. */
export function lockFile(path: string): FileLock {
  let fd: number | undefined = openSync(path, 'a+', 0o600);
  const release = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    const errno = koffi.errno();
    const holder = readHolder(fd);
    release();
    if (errno === constants.errno.EWOULDBLOCK) {
      throw new AppError('failed-precondition', `in use by process ${holder}`, { details: { path } });
    }
    throw new AppError('internal', `cannot lock (errno ${errno})`, { details: { path } });
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return { release };
}

function readHolder(fd: number): string {
  const buffer = Buffer.alloc(20);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return buffer.toString('latin1', 0, length).trim() || 'unknown';
}

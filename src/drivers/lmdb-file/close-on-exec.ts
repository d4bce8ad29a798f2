/** LMDB opens its file without O_CLOEXEC; without this, every child process would inherit a way to write to it. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import koffi from 'koffi';
import { AppError } from '../../domain/errors.ts';

const F_SETFD = 2;
const FD_CLOEXEC = 1;

// Variadic in the header; on Linux's x86-64 and arm64 the third argument travels the same way.
const fcntl = koffi.load(null).func('int fcntl(int fd, int command, int argument)');

/** Marks all of this process's descriptors of a file, so that none is inherited. */
export function closeOnExec(path: string): void {
  const file = realpathSync(path);
  for (const fd of readdirSync('/proc/self/fd')) {
    if (linkTarget(fd) !== file) continue;
    if (fcntl(Number(fd), F_SETFD, FD_CLOEXEC) !== 0) {
      throw new AppError('internal', `cannot mark a descriptor close-on-exec (errno ${koffi.errno()})`);
    }
  }
}

/** Undefined for a descriptor that is gone, as that of the listing itself. */
function linkTarget(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

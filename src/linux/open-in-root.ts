/** openat2(2): looks a path up below an open directory, and nowhere else, whatever others do to it meanwhile. */
import { constants } from 'node:fs';
import { AppError } from '../domain/errors.ts';
import { hasErrno } from './errno.ts';
import { call } from './libc.ts';

// The same on all architectures: system calls of 2019 and later have one number.
const OPENAT2 = 437;
const O_PATH = 0x200000;
const O_CLOEXEC = 0x80000;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;
const HOW_BYTES = 24;
/** Somebody who renames without end makes the kernel give up, with EAGAIN, as often as he is lucky. */
const ATTEMPTS = 128;

/**
 * Opens a directory (O_PATH) by a path for which `root` is `/`: `..` and symbolic links, also absolute ones, end inside.
 * The caller closes it. `not-found` when it is not there, or no directory.
 */
export function openDirectoryInRoot(root: number, path: string): number {
  return openDirectory(root, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/** The same for whatever is there, which is not opened itself: no driver is asked, nothing blocks. */
export function openInRoot(root: number, path: string): number {
  return openPath(root, path, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, 0);
}

/** Opens a directory (O_PATH) in another by its name. A symbolic link is refused as something that is no directory. */
export function openDirectoryAt(directory: number, name: string): number {
  return openDirectory(directory, name, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

function openDirectory(directory: number, path: string, resolve: number): number {
  return openPath(directory, path, resolve, constants.O_DIRECTORY);
}

function openPath(directory: number, path: string, resolve: number, flags: number): number {
  const how = Buffer.alloc(HOW_BYTES);
  how.writeBigUInt64LE(BigInt(O_PATH | O_CLOEXEC | flags), 0);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return call('openat2', path, OPENAT2, directory, path, how, HOW_BYTES);
    } catch (error) {
      if (hasErrno(error, 'ELOOP', 'EXDEV')) {
        throw new AppError('not-found', `${path} is no directory here`, { cause: error });
      }
      if (!hasErrno(error, 'EAGAIN') || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * A directory of the host that others may be changing at the same time, among them processes of a container that root
 * must not trust. It is held open, and all names are looked up below its descriptor (/proc/self/fd, in place of the
 * openat that Node lacks) without following a link: wherever it is moved, and whatever is put in its place, nothing is
 * ever made outside. What has a name that is wanted gives way, but for a directory that is not empty.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rmdir, symlink, unlink } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import { type ByteString, bytesOf, cStringOf } from './byte-string.ts';
import { call } from './libc.ts';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Names a file without opening it: no driver is asked, nothing blocks. */
const O_PATH = 0x200000;
const S_IFIFO = 0o010000;
const OWN_DIRECTORY = 0o700;
const OWN_FILE = 0o600;
/** Somebody who puts something back as often as it is taken away does not stop us for ever. */
const ATTEMPTS = 5;

export class HeldDirectory {
  readonly handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.handle = handle;
  }

  /** Opens a directory; the path above it must be nobody else's to change. Throws Node's own errors, as all here do. */
  static async open(path: string | Buffer): Promise<HeldDirectory> {
    return new HeldDirectory(await open(path, DIRECTORY));
  }

  /** The path of a name in it, for as long as it is held. */
  pathOf(name: ByteString): Buffer {
    return bytesOf(this.#path(name));
  }

  /** A directory in it, made where there is none. The caller closes it. */
  async directory(name: ByteString): Promise<HeldDirectory> {
    const path = this.pathOf(name);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await mkdir(path, { mode: OWN_DIRECTORY });
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
      try {
        return await HeldDirectory.open(path);
      } catch (error) {
        if (!hasCode(error, 'ENOTDIR', 'ELOOP', 'ENOENT') || attempt === ATTEMPTS) throw error;
        await removeInTheWay(path);
      }
    }
  }

  /** A directory that is in it; undefined when there is none of the name. The caller closes it. */
  async existing(name: ByteString): Promise<HeldDirectory | undefined> {
    try {
      return await HeldDirectory.open(this.pathOf(name));
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
      throw error;
    }
  }

  /** A new, empty file, open for writing; only root may read it. The caller closes it. */
  newFile(name: ByteString): Promise<FileHandle> {
    const path = this.pathOf(name);
    return inPlaceOfAnother(path, () => open(path, NEW_FILE, OWN_FILE));
  }

  /** A new symbolic link. */
  newLink(name: ByteString, target: ByteString): Promise<void> {
    const path = this.pathOf(name);
    return inPlaceOfAnother(path, () => symlink(bytesOf(target), path));
  }

  /** A new named pipe, held without being opened: to be used by the path `/proc/self/fd/<fd>` only. The caller closes it. */
  async newFifo(name: ByteString): Promise<FileHandle> {
    const path = this.pathOf(name);
    await inPlaceOfAnother(path, async () => {
      call('mknod', 'of a pipe', cStringOf(this.#path(name)), S_IFIFO | OWN_FILE, 0n);
    });
    const handle = await open(path, O_PATH | constants.O_NOFOLLOW);
    if ((await handle.stat()).isFIFO()) return handle;
    await handle.close();
    throw new AppError('conflict', `${name} was replaced while it was made`);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  #path(name: ByteString): ByteString {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
      throw new AppError('invalid', `${JSON.stringify(name)} is no name of a file`);
    }
    return `/proc/self/fd/${this.handle.fd}/${name}`;
  }
}

async function inPlaceOfAnother<T>(path: Buffer, make: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await make();
    } catch (error) {
      if (!hasCode(error, 'EEXIST') || attempt === ATTEMPTS) throw error;
      await removeInTheWay(path);
    }
  }
}

/** Never what is in a directory: whose that is cannot be known. */
async function removeInTheWay(path: Buffer): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    if (!hasCode(error, 'EISDIR', 'EPERM')) throw error;
    await rmdir(path);
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  if (error instanceof AppError) return codes.includes(String(error.details['syscallCode']));
  return codes.includes(String((error as NodeJS.ErrnoException).code));
}

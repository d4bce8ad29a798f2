/** Files that hold secrets: read only when nobody but their owner may read them. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import { nodeError } from './errno.ts';

const OTHERS = constants.S_IRWXG | constants.S_IRWXO;

/**
 * The text of a file, if no group and nobody else has any right to it. Throws `not-found`, `failed-precondition` (others
 * have rights, or this process has none), `invalid` (no regular file, or longer than `maxBytes`). The check is made on
 * the open file, so that no race can put another in its place.
 */
export async function readPrivateFile(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw nodeError(error, path);
  });
  try {
    const { mode, size } = await fileStat(file, path);
    if ((mode & OTHERS) !== 0) {
      const rights = (mode & 0o777).toString(8).padStart(4, '0');
      throw new AppError(
        'failed-precondition',
        `${path} is open to others (mode ${rights}): run chmod 600 ${path}`,
      );
    }
    if (size > maxBytes) throw new AppError('invalid', `${path} is longer than ${maxBytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function fileStat(file: FileHandle, path: string): Promise<{ mode: number; size: number }> {
  const found = await file.stat();
  if (!found.isFile()) throw new AppError('invalid', `${path} is not a file`);
  return found;
}

/** Gives a file's room back to its file system without changing the file's length. */
import { open } from 'node:fs/promises';
import { hasErrno } from './errno.ts';
import { callOffThread } from './libc.ts';

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;

/** The range reads as zeros afterwards. Where the file system has no holes, nothing happens. */
export async function punchHole(path: string, offset: number, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const mode = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE;
    await callOffThread('fallocate', `hole in ${path}`, file.fd, mode, offset, length);
  } catch (error) {
    if (!hasErrno(error, 'EOPNOTSUPP')) throw error;
  } finally {
    await file.close();
  }
}

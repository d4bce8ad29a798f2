/** FIFOs: Node has no way to make one. */
import { lstat } from 'node:fs/promises';
import { hasKind } from '../domain/errors.ts';
import { call } from './libc.ts';

const S_IFIFO = 0o010_000;

/** Makes a FIFO that only its owner may use. May be repeated; `already-exists` when there is something else. */
export async function makeFifo(path: string): Promise<void> {
  try {
    call('mknod', path, path, S_IFIFO | 0o600, 0n);
  } catch (error) {
    if (!hasKind(error, 'already-exists') || !(await lstat(path)).isFIFO()) throw error;
  }
}

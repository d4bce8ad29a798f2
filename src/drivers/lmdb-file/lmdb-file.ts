/**
 * An LMDB file in a directory of its own, for one process at a time. A transaction is written by LMDB's own thread.
 * Without overlappingSync, its promise resolves after fdatasync of its pages and a synchronous write of the page that
 * makes it valid, so "resolved" is "on disk".
 */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';
import { AppError } from '../../domain/errors.ts';
import { closeOnExec } from './close-on-exec.ts';
import { type FileLock, lockFile } from './file-lock.ts';

/** Address space, not memory or disk; LMDB grows it when the file needs more. */
const FIRST_MAP_BYTES = 1024 ** 3;

export type LmdbKey = string | Uint8Array;

export class LmdbFile {
  readonly #lock: FileLock;
  readonly root: RootDatabase<Buffer, LmdbKey>;

  /** Makes the directory (0700) where it is missing. Throws `failed-precondition` when another process has it open. */
  constructor(dir: string, options: RootDatabaseOptions) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
    this.#lock = lockFile(join(dir, 'lock'));
    try {
      const path = join(dir, 'data.mdb');
      // LMDB would make them readable to all.
      for (const file of [path, `${path}-lock`]) closeSync(openSync(file, 'a', 0o600));
      this.root = open<Buffer, LmdbKey>({
        path,
        noSubdir: true,
        mapSize: FIRST_MAP_BYTES,
        overlappingSync: false,
        // Who writes makes the batches. LMDB's own would have promises that nobody sees reject.
        eventTurnBatching: false,
        ...options,
      });
      closeOnExec(path);
      syncDirectory(dir);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Does all the writes, or none; reads then see them. Rejects with `unavailable`. */
  async transact(write: () => readonly Promise<unknown>[]): Promise<void> {
    // Each write has a promise of its own that rejects with the transaction's; none may be left unhandled.
    const written: Promise<unknown>[] = [];
    try {
      const batch = this.root.batch(() => {
        written.push(...write());
      });
      await Promise.all([batch, ...written]);
    } catch (cause) {
      // The error carries one more, with the reason.
      (cause as { commitError?: Promise<unknown> }).commitError?.catch(() => {});
      throw new AppError('unavailable', 'the store could not be written', { cause });
    }
    this.root.resetReadTxn();
  }

  async close(): Promise<void> {
    try {
      await this.root.close();
    } finally {
      this.#lock.release();
    }
  }
}

/** A file is only as durable as its name in the directory. */
function syncDirectory(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

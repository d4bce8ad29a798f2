/**
 * An LMDB file in a directory of its own, for one process at a time. A transaction is written by LMDB's own thread.
 * Without overlappingSync, its promise resolves after fdatasync of its pages and a synchronous write of the page that
 * makes it valid, so "resolved" is "on disk". Room on the disk is taken before LMDB may need it (disk-room.ts).
 */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';
import { AppError } from '../../domain/errors.ts';
import { closeOnExec } from './close-on-exec.ts';
import { DiskRoom } from './disk-room.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import { type LmdbKey, type LmdbWrite, mostBytes } from './lmdb-write.ts';

/** Address space, not memory or disk; LMDB grows it when the file needs more. */
const FIRST_MAP_BYTES = 1024 ** 3;

export class LmdbFile {
  readonly #lock: FileLock;
  readonly #room: DiskRoom;
  readonly root: RootDatabase<Buffer, LmdbKey>;

  /**
   * Makes the directory (0700) where it is missing. Throws `failed-precondition` when another process has it open, and
   * when a new file finds no room on the disk.
   */
  constructor(dir: string, options: RootDatabaseOptions) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    chmodSync(dir, 0o700);
    this.#lock = lockFile(join(dir, 'lock'));
    let room: DiskRoom | undefined;
    try {
      const path = join(dir, 'data.mdb');
      room = new DiskRoom(path);
      this.#room = room;
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
      room?.close();
      this.#lock.release();
      throw error;
    }
  }

  /** Does all the writes, or none; reads then see them. Rejects with `unavailable`, as when the disk has no room. */
  async transact(writes: readonly LmdbWrite[]): Promise<void> {
    try {
      const giveBack = this.#room.take(this.#usedBytes(), mostBytes(writes));
      try {
        await this.#write(writes);
      } finally {
        giveBack();
      }
    } catch (cause) {
      throw new AppError('unavailable', 'the store could not be written', { cause });
    }
    this.root.resetReadTxn();
  }

  async #write(writes: readonly LmdbWrite[]): Promise<void> {
    // Each write has a promise of its own that rejects with the transaction's; none may be left unhandled.
    const written: Promise<unknown>[] = [];
    try {
      const batch = this.root.batch(() => {
        for (const { database, key, value } of writes)
          written.push(value === undefined ? database.remove(key) : database.put(key, value));
      });
      await Promise.all([batch, ...written]);
    } catch (error) {
      // The error carries one more, with the reason.
      (error as { commitError?: Promise<unknown> }).commitError?.catch(() => {});
      throw error;
    }
  }

  #usedBytes(): number {
    const { lastPageNumber, pageSize } = this.root.getStats() as { lastPageNumber: number; pageSize: number };
    return (lastPageNumber + 1) * pageSize;
  }

  async close(): Promise<void> {
    try {
      await this.root.close();
    } finally {
      this.#room.close();
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

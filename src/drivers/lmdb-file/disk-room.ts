/**
 * Room on the disk for LMDB's file, allocated before LMDB writes there: a write that fails for want of it may end the
 * process, because LMDB's message about it overruns its buffer. Room that was taken stays with the file.
 *
 * File systems that cannot allocate ahead (EOPNOTSUPP), and those that never write in place, do without.
 */
import { closeSync, openSync } from 'node:fs';
import { hasErrno } from '../../linux/errno.ts';
import { reserveNow } from '../../linux/sparse-file.ts';

/** Enough to make the file with its databases, and for the table of readers beside it. */
const FIRST_BYTES = 256 * 1024;
/** Taken beyond what is needed where the disk has it, so that small writes go on while it is full. */
const AHEAD_BYTES = 4 * 1024 ** 2;
/** What large transactions leave to small ones, so that a store which is full can still be emptied. */
const LEFT_BYTES = 1024 ** 2;
const SMALL_BYTES = 256 * 1024;
/** LMDB lists its free pages in the file, with eight bytes for each of 4 KiB. */
const LISTED_PART = 8 / 4096;

export class DiskRoom {
  readonly #fd: number;
  #reserved = 0;
  /** Of transactions that are under way. */
  #taken = 0;

  /** Makes LMDB's files where they are missing, for their owner alone. Throws `failed-precondition` on a full disk. */
  constructor(path: string) {
    // LMDB writes this one through a memory map: SIGBUS where it has a hole.
    const lock = openSync(`${path}-lock`, 'a', 0o600);
    try {
      reserveFirst(lock);
    } finally {
      closeSync(lock);
    }
    this.#fd = openSync(path, 'a', 0o600);
    try {
      reserveFirst(this.#fd);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Takes room for a transaction that adds at most so many bytes to those in use. Returns what to call once it has
   * ended. Throws the AppError of ENOSPC, EDQUOT or EFBIG when there is none.
   */
  take(usedBytes: number, bytes: number): () => void {
    const most = bytes + Math.ceil(usedBytes * LISTED_PART);
    const end = usedBytes + this.#taken + most + (bytes > SMALL_BYTES ? LEFT_BYTES : 0);
    if (end > this.#reserved) this.#reserve(end);
    this.#taken += most;
    return () => {
      this.#taken -= most;
    };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #reserve(end: number): void {
    try {
      this.#reserveUpTo(end + AHEAD_BYTES);
    } catch {
      this.#reserveUpTo(end);
    }
  }

  #reserveUpTo(end: number): void {
    const offset = this.#reserved;
    const isReserved = whereSupported(() => reserveNow(this.#fd, { offset, length: end - offset }));
    this.#reserved = isReserved ? end : Number.POSITIVE_INFINITY;
  }
}

function reserveFirst(fd: number): void {
  whereSupported(() => reserveNow(fd, { offset: 0, length: FIRST_BYTES, keepSize: true }));
}

/** False where the file system cannot allocate ahead. */
function whereSupported(reserve: () => void): boolean {
  try {
    reserve();
    return true;
  } catch (error) {
    if (!hasErrno(error, 'EOPNOTSUPP')) throw error;
    return false;
  }
}

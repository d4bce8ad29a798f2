/** What a transaction of an LMDB file is made of, and how much it may need of the disk. */
import type { Database } from 'lmdb';

export type LmdbKey = string | Uint8Array;

/** A put, or where it has no value a removal. */
export interface LmdbWrite {
  readonly database: Database<Buffer, LmdbKey>;
  readonly key: LmdbKey;
  readonly value?: Buffer;
}

const PAGE_BYTES = 4096;
const PAGE_HEADER_BYTES = 16;
/** A write copies the pages on its way through the tree, and may split some. */
const PAGES_OF_A_WRITE = 4;
/** Long keys make the tree deep: a page more for each 512 bytes. */
const DEEPER_BY_KEY = 8;
/** Many writes meet in the same pages: no transaction of ours copies more than this. */
const MOST_COPIED_BYTES = 32 * 1024 ** 2;
/** The roots of the databases, and the list of free pages. */
const PAGES_OF_A_TRANSACTION = 16;

/** The most bytes by which these writes make the file longer, though none of its free pages serves. */
export function mostBytes(writes: readonly LmdbWrite[]): number {
  const copied = Math.min(writes.length * PAGES_OF_A_WRITE * PAGE_BYTES, MOST_COPIED_BYTES);
  return writes.reduce(
    (sum, { key, value }) => sum + DEEPER_BY_KEY * key.length + bytesInPages(value?.length ?? 0),
    PAGES_OF_A_TRANSACTION * PAGE_BYTES + copied,
  );
}

/** Large values have pages of their own; of small ones many share one. */
function bytesInPages(bytes: number): number {
  if (bytes < PAGE_BYTES / 4) return 2 * bytes;
  return Math.ceil((PAGE_HEADER_BYTES + bytes) / PAGE_BYTES) * PAGE_BYTES;
}

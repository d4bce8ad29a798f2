/**
 * The store: ordered keys, JSON values (bytes may go with one), revisions. One contract for LMDB (embedded), memory (tests) and later etcd.
 *
 * - Keys are UTF-8 text, ordered by their bytes; built only by domain/keys.ts. Longest key: 1,800 bytes.
 * - A revision is a number that rises with every committed transaction; an entry carries the revision of its last
 *   write; revision 0 means "absent".
 * - Reads see all transactions that were answered before. A value that was read is shared with other readers:
 *   never change it (small ones are frozen).
 */
import type { Json } from '../domain/json.ts';

export interface Entry<T = Json> {
  readonly key: string;
  readonly value: T;
  readonly revision: number;
  /** What was put with the value. */
  readonly tail?: Uint8Array;
}

/** Holds when the key's entry has exactly this revision (0: the key is absent). */
export interface Condition {
  readonly key: string;
  readonly revision: number;
}

export type Write =
  | { readonly put: string; readonly value: unknown; readonly leaseId?: string }
  /**
   * A value that is JSON text in UTF-8 already: nobody checks it, and it must not be changed until the answer. The same of
   * `tail`: bytes that are no JSON and are kept with it. Watches show the value alone.
   */
  | { readonly put: string; readonly json: Uint8Array; readonly tail?: Uint8Array }
  | { readonly delete: string }
  /** Deletes every key that starts with this text. */
  | { readonly deletePrefix: string };

export type TransactionResult =
  | { readonly ok: true; readonly revision: number }
  /** Keys whose condition did not hold; nothing was written. */
  | { readonly ok: false; readonly failed: readonly string[] };

export interface RangeOptions {
  readonly prefix: string;
  /** Start behind this key (before it when `reverse`); need not exist. */
  readonly after?: string;
  /** At most this many entries; default all. */
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface Change {
  readonly key: string;
  /** Undefined when the key was deleted. */
  readonly entry: Entry<unknown> | undefined;
  readonly revision: number;
}

export interface Lease {
  readonly id: string;
  /** Starts the time anew. Rejects with kind `not-found` once the lease has ended. */
  keepAlive(): Promise<void>;
  /** Ends the lease at once and deletes its keys. May be repeated. */
  revoke(): Promise<void>;
}

export interface Store {
  /** The entry, or undefined. */
  get<T = Json>(key: string): Promise<Entry<T> | undefined>;
  /** Several entries at one moment, in the order asked. */
  getMany<T = Json>(keys: readonly string[]): Promise<(Entry<T> | undefined)[]>;
  /** Entries under a prefix in key order, as of one moment. */
  range<T = Json>(options: RangeOptions): Promise<Entry<T>[]>;
  /**
   * All writes or none. Answers only after they are on disk (fsync). Writes to the same key: the last one wins.
   * Rejects with `invalid` for a key or value that cannot be stored, `unavailable` when the store is closed or
   * its disk is full; once there is room it goes on.
   */
  transact(conditions: readonly Condition[], writes: readonly Write[]): Promise<TransactionResult>;
  /**
   * Changes under a prefix, from this moment on, in commit order, each transaction's changes in one batch.
   * Ends when the signal fires or the store closes. A consumer that is slow gets later changes merged by key
   * (the last one wins), never a gap.
   */
  watch(prefix: string, signal: AbortSignal): AsyncIterable<readonly Change[]>;
  /** Keys put with the lease's id are deleted when it ends. Leases end with the process, too. */
  createLease(ttlMs: number): Promise<Lease>;
  /** May be repeated. */
  close(): Promise<void>;
}

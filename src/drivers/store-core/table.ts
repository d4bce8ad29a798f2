/**
 * What a technology must offer so that CoreStore can be a Store on top of it: an ordered table in one process,
 * read synchronously, changed in batches. Values are JSON text.
 */
import type { PutValue } from './encoding.ts';

export interface StoredValue {
  readonly text: string;
  readonly tail?: Uint8Array;
  readonly revision: number;
}

export interface StoredEntry extends StoredValue {
  readonly key: string;
}

/** A key's state after a batch; `value` undefined deletes it. */
export interface Mutation {
  readonly key: string;
  readonly value: (PutValue & { readonly revision: number }) | undefined;
  /** The key belongs to a lease: whoever opens the table next deletes it. */
  readonly leased: boolean;
}

export interface TableRange {
  readonly prefix: string;
  readonly after?: string;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface Table {
  /** Revision of the last committed batch; 0 for a new table. */
  readonly revision: number;
  get(key: string): StoredValue | undefined;
  range(range: TableRange): StoredEntry[];
  keysUnder(prefix: string): string[];
  /** All mutations or none; resolves once they are durable. Never called again before it has settled. */
  commit(mutations: readonly Mutation[], revision: number): Promise<void>;
  close(): Promise<void>;
}

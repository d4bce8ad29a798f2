/** A Store in memory, for tests and for `up --fake`: the real semantics, gone with the process. */
import type { Clock } from '../../ports/clock.ts';
import { compareKeys, stringOf } from '../store-core/encoding.ts';
import { CoreStore } from '../store-core/core-store.ts';
import type { Mutation, StoredEntry, StoredValue, Table, TableRange } from '../store-core/table.ts';

export class MemoryStore extends CoreStore {
  /** Without a clock, leases never end by themselves. */
  constructor(options: { readonly clock?: Clock } = {}) {
    super(new MemoryTable(), options.clock);
  }
}

class MemoryTable implements Table {
  readonly #values = new Map<string, StoredValue>();
  /** Every key, in order. */
  readonly #keys: string[] = [];
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  get(key: string): StoredValue | undefined {
    return this.#values.get(key);
  }

  range({ prefix, after, limit = Number.POSITIVE_INFINITY, reverse = false }: TableRange): StoredEntry[] {
    let keys = this.keysUnder(prefix);
    if (reverse) keys.reverse();
    if (after !== undefined) {
      keys = keys.filter((key) => (reverse ? compareKeys(key, after) < 0 : compareKeys(key, after) > 0));
    }
    return keys.slice(0, limit).map((key) => ({ key, ...(this.#values.get(key) as StoredValue) }));
  }

  keysUnder(prefix: string): string[] {
    const start = this.#position(prefix);
    let end = start;
    while (this.#keys[end]?.startsWith(prefix)) end += 1;
    return this.#keys.slice(start, end);
  }

  async commit(mutations: readonly Mutation[], revision: number): Promise<void> {
    for (const { key, value } of mutations) {
      const position = this.#position(key);
      const present = this.#keys[position] === key;
      if (value === undefined) {
        this.#values.delete(key);
        if (present) this.#keys.splice(position, 1);
      } else {
        const { text, tail, revision: own } = value;
        this.#values.set(key, { text: stringOf(text), revision: own, ...(tail !== undefined && { tail }) });
        if (!present) this.#keys.splice(position, 0, key);
      }
    }
    this.#revision = revision;
  }

  async close(): Promise<void> {}

  /** Index of the first key that is not before this text. */
  #position(text: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys[middle] as string, text) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

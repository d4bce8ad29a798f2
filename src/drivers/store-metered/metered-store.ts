/** A store whose transactions are counted and timed; all else is the store's own. */
import type { Counter, Histogram, Meters } from '../../ports/meters.ts';
import type {
  Change,
  Condition,
  Entry,
  Lease,
  RangeOptions,
  Store,
  TransactionResult,
  Write,
} from '../../ports/store.ts';

export class MeteredStore implements Store {
  readonly #store: Store;
  readonly #transactions: Counter<{ readonly outcome: string }>;
  readonly #duration: Histogram<object>;

  constructor(store: Store, meters: Meters) {
    this.#store = store;
    this.#transactions = meters.counter('neargate_store_transactions_total');
    this.#duration = meters.histogram('neargate_store_transaction_duration_seconds');
  }

  get<T>(key: string): Promise<Entry<T> | undefined> {
    return this.#store.get<T>(key);
  }

  getMany<T>(keys: readonly string[]): Promise<(Entry<T> | undefined)[]> {
    return this.#store.getMany<T>(keys);
  }

  range<T>(options: RangeOptions): Promise<Entry<T>[]> {
    return this.#store.range<T>(options);
  }

  async transact(conditions: readonly Condition[], writes: readonly Write[]): Promise<TransactionResult> {
    const begin = performance.now();
    let outcome = 'failed';
    try {
      const result = await this.#store.transact(conditions, writes);
      outcome = result.ok ? 'committed' : 'conflict';
      return result;
    } finally {
      this.#transactions.add({ outcome });
      this.#duration.observe({}, (performance.now() - begin) / 1000);
    }
  }

  watch(prefix: string, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    return this.#store.watch(prefix, signal);
  }

  createLease(ttlMs: number): Promise<Lease> {
    return this.#store.createLease(ttlMs);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

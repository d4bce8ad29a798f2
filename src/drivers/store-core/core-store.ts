/**
 * A Store on top of any Table: checks, conditions, group commit, watches and leases. Transactions that arrive while
 * a batch is being committed wait and form the next batch, so that many at once cost one commit. Answers and
 * changes go out after the commit, in the order of the transactions.
 */
import { AppError, toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
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
import { type Applied, Batch, type CheckedWrite } from './batch.ts';
import { checkKey, encodeValue } from './encoding.ts';
import { Leases } from './leases.ts';
import { ParsedValues } from './parsed-values.ts';
import type { StoredValue, Table } from './table.ts';
import { Watchers } from './watchers.ts';

interface Pending {
  readonly apply: (batch: Batch) => Applied;
  readonly resolve: (result: TransactionResult) => void;
  readonly reject: (error: unknown) => void;
}

export class CoreStore implements Store {
  readonly #table: Table;
  readonly #leases: Leases;
  readonly #watchers = new Watchers();
  readonly #values = new ParsedValues();
  #pending: Pending[] = [];
  #pump: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Without a clock, leases never end by themselves. */
  constructor(table: Table, clock: Clock | undefined) {
    this.#table = table;
    this.#leases = new Leases(clock, async (leaseId) => {
      await this.#enqueue((batch) => batch.endLease(leaseId));
    });
  }

  async get<T>(key: string): Promise<Entry<T> | undefined> {
    this.#checkOpen();
    return this.#read<T>(key);
  }

  async getMany<T>(keys: readonly string[]): Promise<(Entry<T> | undefined)[]> {
    this.#checkOpen();
    return keys.map((key) => this.#read<T>(key));
  }

  async range<T>(options: RangeOptions): Promise<Entry<T>[]> {
    this.#checkOpen();
    return this.#table.range(options).map(({ key, ...stored }) => this.#entry<T>(key, stored));
  }

  async transact(conditions: readonly Condition[], writes: readonly Write[]): Promise<TransactionResult> {
    this.#checkOpen();
    for (const condition of conditions) checkKey(condition.key);
    const checked = writes.map(checkWrite);
    const leaseIds = new Set(checked.map((write) => (write.kind === 'put' ? write.leaseId : undefined)));
    return this.#enqueue((batch) => {
      for (const leaseId of leaseIds) if (leaseId !== undefined) this.#leases.checkAlive(leaseId);
      return batch.apply(conditions, checked);
    });
  }

  watch(prefix: string, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    this.#checkOpen();
    return this.#watchers.add(prefix, signal);
  }

  async createLease(ttlMs: number): Promise<Lease> {
    this.#checkOpen();
    return this.#leases.create(ttlMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#leases.close();
      await this.#pump;
    } finally {
      this.#watchers.close();
      await this.#table.close();
    }
  }

  #read<T>(key: string): Entry<T> | undefined {
    const known = this.#values.peek(key);
    if (known !== undefined) return { key, revision: known.revision, value: known.value as T };
    const stored = this.#table.get(key);
    if (stored === undefined) return undefined;
    return this.#entry<T>(key, stored);
  }

  #entry<T>(key: string, { text, tail, revision }: StoredValue): Entry<T> {
    // What is remembered of a value has no tail.
    if (tail !== undefined) return { key, revision, value: JSON.parse(text) as T, tail };
    return { key, revision, value: this.#values.read<T>(key, text, revision) };
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new AppError('unavailable', 'the store is closed');
  }

  #enqueue(apply: Pending['apply']): Promise<TransactionResult> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ apply, resolve, reject });
      this.#pump ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // One turn's wait lets everything that arrives in this turn join the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const pending = this.#pending;
      this.#pending = [];
      await this.#commit(pending);
    }
    this.#pump = undefined;
  }

  async #commit(pending: readonly Pending[]): Promise<void> {
    const batch = new Batch(this.#table, this.#leases.leaseOf);
    const done: { readonly item: Pending; readonly applied: Applied }[] = [];
    for (const item of pending) {
      try {
        done.push({ item, applied: item.apply(batch) });
      } catch (error) {
        item.reject(error);
      }
    }
    try {
      const mutations = batch.mutations();
      try {
        if (mutations.length > 0) await this.#table.commit(mutations, batch.revision);
      } finally {
        for (const { key } of mutations) this.#values.forget(key);
      }
    } catch (cause) {
      for (const { item } of done) item.reject(toAppError(cause));
      return;
    }
    this.#leases.attach(batch.slots);
    for (const { item, applied } of done) {
      if (applied.changes.length > 0) this.#watchers.publish(applied.changes);
      item.resolve(applied.result);
    }
  }
}

function checkWrite(write: Write): CheckedWrite {
  if ('put' in write) {
    checkKey(write.put);
    return {
      kind: 'put',
      key: write.put,
      ...('json' in write
        ? { text: write.json, tail: write.tail, leaseId: undefined }
        : { text: encodeValue(write.put, write.value), leaseId: write.leaseId }),
    };
  }
  if ('delete' in write) {
    checkKey(write.delete);
    return { kind: 'delete', key: write.delete };
  }
  return { kind: 'delete-prefix', prefix: write.deletePrefix };
}

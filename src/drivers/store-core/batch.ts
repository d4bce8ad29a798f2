/**
 * One group commit: transactions judged one after the other against the table and what those before them in the
 * batch have changed. Nothing here writes; the batch's end state goes to the table as one list of mutations.
 */
import type { Condition, TransactionResult } from '../../ports/store.ts';
import type { PutValue } from './encoding.ts';
import type { Mutation, Table } from './table.ts';
import type { RawChange } from './watchers.ts';

/** A write whose key was checked and whose value is JSON text. */
export type CheckedWrite =
  | (PutValue & { readonly kind: 'put'; readonly key: string; readonly leaseId: string | undefined })
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'delete-prefix'; readonly prefix: string };

/** A key's state within the batch; null when it is deleted. */
type Slot = (PutValue & { readonly revision: number; readonly leaseId: string | undefined }) | null;
type Draft = (PutValue & { readonly leaseId: string | undefined }) | null;

export interface Applied {
  readonly result: TransactionResult;
  readonly changes: readonly RawChange[];
}

export class Batch {
  readonly #table: Table;
  readonly #leaseOf: ReadonlyMap<string, string>;
  readonly #slots = new Map<string, Slot>();
  #revision: number;

  /** `leaseOf`: the lease of each committed key that has one. */
  constructor(table: Table, leaseOf: ReadonlyMap<string, string>) {
    this.#table = table;
    this.#leaseOf = leaseOf;
    this.#revision = table.revision;
  }

  get revision(): number {
    return this.#revision;
  }

  get slots(): ReadonlyMap<string, Slot> {
    return this.#slots;
  }

  apply(conditions: readonly Condition[], writes: readonly CheckedWrite[]): Applied {
    const failed = conditions
      .filter(({ key, revision }) => this.#revisionOf(key) !== revision)
      .map(({ key }) => key);
    if (failed.length > 0) return { result: { ok: false, failed }, changes: [] };
    const drafts = new Map<string, Draft>();
    for (const write of writes) this.#draft(write, drafts);
    return this.#accept(drafts);
  }

  /** Deletes all keys of a lease, those that this batch put among them. */
  endLease(leaseId: string): Applied {
    const drafts = new Map<string, Draft>();
    for (const [key, id] of this.#leaseOf) {
      if (id === leaseId && !this.#slots.has(key)) drafts.set(key, null);
    }
    for (const [key, slot] of this.#slots) if (slot?.leaseId === leaseId) drafts.set(key, null);
    return this.#accept(drafts);
  }

  mutations(): Mutation[] {
    return Array.from(this.#slots, ([key, slot]) => ({
      key,
      value: slot === null ? undefined : { text: slot.text, tail: slot.tail, revision: slot.revision },
      leased: slot?.leaseId !== undefined,
    }));
  }

  #revisionOf(key: string): number {
    const slot = this.#slots.get(key);
    if (slot !== undefined) return slot?.revision ?? 0;
    return this.#table.get(key)?.revision ?? 0;
  }

  #draft(write: CheckedWrite, drafts: Map<string, Draft>): void {
    if (write.kind === 'put') {
      drafts.delete(write.key);
      drafts.set(write.key, { text: write.text, tail: write.tail, leaseId: write.leaseId });
    } else if (write.kind === 'delete') {
      drafts.delete(write.key);
      drafts.set(write.key, null);
    } else {
      for (const key of drafts.keys()) if (key.startsWith(write.prefix)) drafts.set(key, null);
      for (const key of this.#slots.keys()) if (key.startsWith(write.prefix)) drafts.set(key, null);
      for (const key of this.#table.keysUnder(write.prefix)) drafts.set(key, null);
    }
  }

  #accept(drafts: ReadonlyMap<string, Draft>): Applied {
    const revision = this.#revision + 1;
    const changes: RawChange[] = [];
    for (const [key, draft] of drafts) {
      if (draft === null && this.#revisionOf(key) === 0) continue;
      this.#slots.set(key, draft === null ? null : { ...draft, revision });
      changes.push({ key, text: draft?.text, revision });
    }
    if (changes.length > 0) this.#revision = revision;
    return { result: { ok: true, revision: this.#revision }, changes };
  }
}

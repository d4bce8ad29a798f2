/** The leases of one store, and which committed key belongs to which. They live as long as the process. */
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Lease } from '../../ports/store.ts';

interface LeaseState {
  readonly ttlMs: number;
  readonly ended: AbortController;
  expiresAt: number;
}

export class Leases {
  readonly #clock: Clock | undefined;
  readonly #deleteKeys: (leaseId: string) => Promise<void>;
  readonly #leases = new Map<string, LeaseState>();
  readonly #leaseOf = new Map<string, string>();
  #lastId = 0;

  /** `deleteKeys` deletes a lease's keys from the store. */
  constructor(clock: Clock | undefined, deleteKeys: (leaseId: string) => Promise<void>) {
    this.#clock = clock;
    this.#deleteKeys = deleteKeys;
  }

  get leaseOf(): ReadonlyMap<string, string> {
    return this.#leaseOf;
  }

  create(ttlMs: number): Lease {
    if (!(ttlMs > 0)) throw new AppError('invalid', 'a lease needs a time to live above zero');
    this.#lastId += 1;
    const id = String(this.#lastId);
    const state = { ttlMs, ended: new AbortController(), expiresAt: this.#now() + ttlMs };
    this.#leases.set(id, state);
    void this.#expire(id, state);
    return {
      id,
      keepAlive: async () => {
        this.checkAlive(id);
        state.expiresAt = this.#now() + ttlMs;
      },
      revoke: () => this.#end(id),
    };
  }

  /** Throws `not-found` once the lease has ended. */
  checkAlive(id: string): void {
    const state = this.#leases.get(id);
    if (state === undefined || state.expiresAt <= this.#now()) {
      throw new AppError('not-found', 'the lease has ended', { details: { leaseId: id } });
    }
  }

  /** Takes over what a committed batch says about its keys' leases. */
  attach(slots: ReadonlyMap<string, { readonly leaseId: string | undefined } | null>): void {
    for (const [key, slot] of slots) {
      if (slot?.leaseId === undefined) this.#leaseOf.delete(key);
      else this.#leaseOf.set(key, slot.leaseId);
    }
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#leases.keys(), (id) => this.#end(id)));
  }

  async #expire(id: string, state: LeaseState): Promise<void> {
    const clock = this.#clock;
    if (clock === undefined) return;
    try {
      while (state.expiresAt > clock.now()) {
        await clock.sleep(state.expiresAt - clock.now(), state.ended.signal);
      }
      await this.#end(id);
    } catch {
      // Revoked meanwhile, or the store cannot write: then its keys go when the store is opened next.
    }
  }

  async #end(id: string): Promise<void> {
    const state = this.#leases.get(id);
    if (state === undefined) return;
    this.#leases.delete(id);
    state.ended.abort();
    await this.#deleteKeys(id);
  }

  #now(): number {
    return this.#clock?.now() ?? 0;
  }
}

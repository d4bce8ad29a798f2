/**
 * Which addresses of a range are taken. The claims in the store are the truth; this remembers them so that a free one is
 * found without reading them each time, and hears of every claim that is made or given up by anybody.
 */
import { type AddressRange, freeAddress } from '../../domain/network/free-address.ts';
import type { Change, Store } from '../../ports/store.ts';

export class AddressPool {
  readonly #taken = new Set<string>();
  #next = 0;

  /** Reads the claims, whose keys end in the address. */
  static async load(store: Store, prefix: string): Promise<AddressPool> {
    const pool = new AddressPool();
    for (const { key } of await store.range({ prefix })) pool.#taken.add(addressOf(key));
    pool.#next = pool.#taken.size;
    return pool;
  }

  /** How many are taken. */
  get size(): number {
    return this.#taken.size;
  }

  /** Takes a free address, or undefined when there is none. The claim follows; without it, give it back. */
  take(range: AddressRange): string | undefined {
    const found = freeAddress(range, (address) => this.#taken.has(address), this.#next);
    if (found === undefined) return undefined;
    this.#taken.add(found.address);
    this.#next = found.next;
    return found.address;
  }

  giveBack(address: string): void {
    this.#taken.delete(address);
  }

  /** A claim under the pool's prefix was made or given up. */
  changed({ key, entry }: Change): void {
    if (entry === undefined) this.#taken.delete(addressOf(key));
    else this.#taken.add(addressOf(key));
  }
}

function addressOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

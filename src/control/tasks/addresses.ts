/**
 * Which addresses of a subnet are taken. The store's address keys are the truth; this remembers them so that a free
 * one is found without reading a subnet each time. Addresses are handed out in turn, so that one just given back
 * rests for as long as the subnet is large.
 */
import type { Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import type { SubnetSpec } from '../../domain/network/vpc.ts';
import { usableHostRange, formatIpv4 } from '../../domain/network/cidr.ts';
import type { Store } from '../../ports/store.ts';

interface SubnetAddresses {
  readonly taken: Set<string>;
  cursor: number;
}

export class Addresses {
  readonly #store: Store;
  readonly #subnets = new Map<string, Promise<SubnetAddresses>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes a free address of the subnet, or undefined when it is full. Give it back with `release`. */
  async take(scope: Scope, subnet: SubnetSpec): Promise<string | undefined> {
    const state = await this.#state(scope, subnet);
    const { first, last } = usableHostRange(subnet.cidr);
    const size = last - first + 1;
    for (let tried = 0; tried < size; tried += 1) {
      const address = formatIpv4(first + ((state.cursor + tried) % size));
      if (state.taken.has(address)) continue;
      state.taken.add(address);
      state.cursor = (state.cursor + tried + 1) % size;
      return address;
    }
    return undefined;
  }

  async release(scope: Scope, subnet: SubnetSpec, address: string): Promise<void> {
    (await this.#state(scope, subnet)).taken.delete(address);
  }

  #state(scope: Scope, subnet: SubnetSpec): Promise<SubnetAddresses> {
    const known = this.#subnets.get(subnet.subnetId);
    if (known !== undefined) return known;
    const loading = this.#load(scope, subnet);
    this.#subnets.set(subnet.subnetId, loading);
    loading.catch(() => this.#subnets.delete(subnet.subnetId));
    return loading;
  }

  async #load(scope: Scope, subnet: SubnetSpec): Promise<SubnetAddresses> {
    const entries = await this.#store.range({ prefix: keys.addresses(scope, subnet.subnetId) });
    const taken = new Set(entries.map(({ key }) => key.slice(key.lastIndexOf('/') + 1)));
    return { taken, cursor: taken.size };
  }
}

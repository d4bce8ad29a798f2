/** The addresses that interfaces of tasks get: one of the subnet, and a public one out of the pool that all share. */
import type { Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import { publicRange, subnetRange } from '../../domain/network/free-address.ts';
import type { SubnetSpec } from '../../domain/network/vpc.ts';
import type { Change, Store } from '../../ports/store.ts';
import { AddressPool } from './address-pool.ts';
import { parsePictureKey } from './picture-key.ts';

export class Addresses {
  readonly #store: Store;
  readonly #publicCidr: string;
  /** By the prefix of their claims. */
  readonly #pools = new Map<string, Promise<AddressPool>>();

  /** `publicCidr` is the setting. */
  constructor(store: Store, publicCidr: string) {
    this.#store = store;
    this.#publicCidr = publicCidr;
  }

  /**
   * A free address of one of the subnets: in the zone and there in the subnet that has the fewest, so that tasks are
   * spread, as Fargate does. Undefined when all are full.
   */
  async take<S extends SubnetSpec>(
    scope: Scope,
    subnets: readonly S[],
  ): Promise<{ readonly subnet: S; readonly address: string } | undefined> {
    const used = await Promise.all(
      subnets.map(async (subnet) => ({
        subnet,
        pool: await this.#pool(keys.addresses(scope, subnet.subnetId)),
      })),
    );
    const zones = new Map<string, number>();
    for (const { subnet, pool } of used) {
      zones.set(subnet.availabilityZone, (zones.get(subnet.availabilityZone) ?? 0) + pool.size);
    }
    const inZone = ({ subnet }: { subnet: S }): number => zones.get(subnet.availabilityZone) ?? 0;
    for (const { subnet, pool } of used.toSorted(
      (a, b) => inZone(a) - inZone(b) || a.pool.size - b.pool.size,
    )) {
      const address = pool.take(subnetRange(subnet.cidr));
      if (address !== undefined) return { subnet, address };
    }
    return undefined;
  }

  /** A free public address, or undefined when the pool is empty. */
  async takePublic(): Promise<string | undefined> {
    const pool = await this.#pool(keys.publicAddresses());
    return pool.take(publicRange(this.#publicCidr));
  }

  /** For an address that was taken and is not claimed after all. */
  async giveBack(scope: Scope, subnetId: string, address: string): Promise<void> {
    (await this.#pool(keys.addresses(scope, subnetId))).giveBack(address);
  }

  async giveBackPublic(address: string): Promise<void> {
    (await this.#pool(keys.publicAddresses())).giveBack(address);
  }

  /** Hears of claims, whoever made them, and of the ends of subnets. */
  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.entry === undefined) this.#forget(change.key);
      const prefix = change.key.slice(0, change.key.lastIndexOf('/') + 1);
      void this.#pools.get(prefix)?.then(
        (pool) => pool.changed(change),
        () => undefined,
      );
    }
  }

  #forget(key: string): void {
    const ended = parsePictureKey(key);
    if (ended?.kind === 'subnet') this.#pools.delete(keys.addresses(ended.scope, ended.id));
  }

  #pool(prefix: string): Promise<AddressPool> {
    const known = this.#pools.get(prefix);
    if (known !== undefined) return known;
    const loading = AddressPool.load(this.#store, prefix);
    this.#pools.set(prefix, loading);
    loading.catch(() => this.#pools.delete(prefix));
    return loading;
  }
}

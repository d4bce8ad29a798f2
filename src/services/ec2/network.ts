/**
 * The network of one account in one region, as EC2's operations read and change it. A change decides on what it reads
 * and writes all or nothing; the scope's marker is written with it, so that no two changes of a scope happen at once
 * and what was read still holds. Interfaces of tasks alone come and go by the control loops, without the marker.
 */
import type { Scope } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { type Ec2Kind, keys } from '../../domain/keys.ts';
import type { Ec2Records, NetworkMarkerRecord } from '../../domain/network/records.ts';
import type { Condition, Entry, Store, Write } from '../../ports/store.ts';
import { KeyedLock } from '../keyed-lock.ts';
import { transactWithRetry } from '../transact.ts';
import { checkId, notFound } from './errors.ts';

/** What a change comes to. Without writes nothing is committed. */
export interface NetworkChange<T> {
  readonly answer: T;
  readonly writes: readonly Write[];
  /** Beyond the marker: of entries that others than EC2's API change. */
  readonly conditions?: readonly Condition[];
}

/** Reads the resources of a scope. */
export class NetworkReader {
  readonly scope: Scope;
  readonly store: Store;

  constructor(store: Store, scope: Scope) {
    this.store = store;
    this.scope = scope;
  }

  entry<K extends Ec2Kind>(kind: K, id: string): Promise<Entry<Ec2Records[K]> | undefined> {
    return this.store.get<Ec2Records[K]>(keys.ec2(this.scope, kind, id));
  }

  async find<K extends Ec2Kind>(kind: K, id: string): Promise<Ec2Records[K] | undefined> {
    return (await this.entry(kind, id))?.value;
  }

  /** Throws the kind's `….Malformed` and `….NotFound`. */
  async require<K extends Ec2Kind>(kind: K, id: string): Promise<Ec2Records[K]> {
    checkId(kind, id);
    const record = await this.find(kind, id);
    if (record === undefined) throw notFound(kind, id);
    return record;
  }

  /** Those with the ids; throws as `require` does when one is missing. */
  async requireAll<K extends Ec2Kind>(kind: K, ids: readonly string[]): Promise<readonly Ec2Records[K][]> {
    for (const id of ids) checkId(kind, id);
    const wanted = [...new Set(ids)];
    const entries = await this.store.getMany<Ec2Records[K]>(
      wanted.map((id) => keys.ec2(this.scope, kind, id)),
    );
    const missing = wanted.filter((_, index) => entries[index] === undefined);
    if (missing.length > 0) throw notFound(kind, ...missing);
    return entries.flatMap((entry) => (entry === undefined ? [] : [entry.value]));
  }

  /** All of a kind, in the order of their ids. */
  async all<K extends Ec2Kind>(kind: K): Promise<readonly Ec2Records[K][]> {
    const entries = await this.store.range<Ec2Records[K]>({ prefix: keys.ec2All(this.scope, kind) });
    return entries.map(({ value }) => value);
  }

  async inVpc<K extends Ec2Kind>(kind: K, vpcId: string): Promise<readonly Ec2Records[K][]> {
    const records = await this.all(kind);
    return records.filter((record) => 'vpcId' in record && record.vpcId === vpcId);
  }

  put<K extends Ec2Kind>(kind: K, id: string, value: Ec2Records[K]): Write {
    return { put: keys.ec2(this.scope, kind, id), value };
  }

  remove(kind: Ec2Kind, id: string): Write {
    return { delete: keys.ec2(this.scope, kind, id) };
  }
}

export class Network {
  readonly #store: Store;
  readonly #lock = new KeyedLock();

  constructor(store: Store) {
    this.#store = store;
  }

  read(scope: Scope): NetworkReader {
    return new NetworkReader(this.#store, scope);
  }

  /** `decide` may be called several times. */
  change<T>(scope: Scope, decide: (reader: NetworkReader) => Promise<NetworkChange<T>>): Promise<T> {
    const marker = keys.networkMarker(scope);
    return this.#lock.run(marker, () =>
      transactWithRetry(
        this.#store,
        async () => {
          const entry = await this.#store.get<NetworkMarkerRecord>(marker);
          if (entry === undefined) throw new Error(`${marker} has not been made`);
          const { answer, writes, conditions = [] } = await decide(this.read(scope));
          if (writes.length === 0) return { answer, conditions: [], writes };
          return {
            answer,
            conditions: [{ key: marker, revision: entry.revision }, ...conditions],
            writes: [{ put: marker, value: entry.value }, ...writes],
          };
        },
        () => new ApiError('Unavailable', 'The server is overloaded and cannot handle the request.'),
      ),
    );
  }
}

/** The Store in a directory of this machine, on LMDB: every answered transaction is on disk. */
import type { Clock } from '../../ports/clock.ts';
import { CoreStore } from '../store-core/core-store.ts';
import { LmdbTable } from './lmdb-table.ts';

export interface LmdbStoreOptions {
  /** The store's own directory; made (0700) when it is missing. */
  readonly dir: string;
  readonly clock: Clock;
}

export class LmdbStore extends CoreStore {
  /**
   * Opens the store. Rejects with `failed-precondition` when another process (or this one) has it open, or when a
   * version of Neargate that is not understood has written it.
   */
  static async open({ dir, clock }: LmdbStoreOptions): Promise<LmdbStore> {
    const table = new LmdbTable(dir);
    const store = new LmdbStore(table, clock);
    try {
      await table.checkFormat();
      const orphans = table.leasedKeys();
      if (orphans.length > 0) {
        await store.transact(
          [],
          orphans.map((key) => ({ delete: key })),
        );
      }
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }
}

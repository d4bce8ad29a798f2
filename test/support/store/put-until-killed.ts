/** A process for tests: puts pairs of keys, prints the number of each transaction once it is answered. */
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { LmdbStore } from '../../../src/drivers/store-lmdb/lmdb-store.ts';

const dir = process.argv[2];
if (dir === undefined) throw new Error('the directory of the store is missing');
const store = await LmdbStore.open({ dir, clock: new ManualClock() });
const lease = await store.createLease(60_000);
await store.transact([], [{ put: 'leased/one', value: 1, leaseId: lease.id }]);
for (let start = 0; ; start += 3) {
  await Promise.all(
    [start, start + 1, start + 2].map(async (i) => {
      const value = { i, fill: 'x'.repeat((i % 10) * 700) };
      await store.transact(
        [{ key: `key/${i}/left`, revision: 0 }],
        [
          { put: `key/${i}/left`, value },
          { put: `key/${i}/right`, value },
        ],
      );
      process.stdout.write(`${i}\n`);
    }),
  );
}

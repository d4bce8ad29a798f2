/** A process for tests, started with a limit on the size of files: fills a store until it refuses, then goes on. */
import assert from 'node:assert/strict';
import { hasKind } from '../../../src/domain/errors.ts';
import { LmdbStore } from '../../../src/drivers/store-lmdb/lmdb-store.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';

const dir = process.argv[2];
assert.ok(dir !== undefined, 'the directory of the store is missing');
const open = (): Promise<LmdbStore> => LmdbStore.open({ dir, clock: new ManualClock() });
let store = await open();
const value = 'x'.repeat(300_000);
const answered: string[] = [];
let refused = 0;
for (let i = 0; i < 20; i++) {
  try {
    await store.transact([], [{ put: `big/${i}`, value }]);
    answered.push(`big/${i}`);
  } catch (error) {
    assert.ok(hasKind(error, 'unavailable'), String(error));
    refused += 1;
  }
}
assert.ok(answered.length > 0 && refused > 0, `${answered.length} answered, ${refused} refused`);
for (const key of answered.slice(1)) await store.transact([], [{ delete: key }]);
await store.transact([], [{ put: 'small', value: 1 }]);
await store.close();
store = await open();
const keys = (await store.range({ prefix: '' })).map(({ key }) => key);
assert.deepEqual(keys, [answered[0], 'small']);
await store.close();

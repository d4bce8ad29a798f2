/** A process for tests, started with a limit on the size of files: puts metrics until that is refused. */
import assert from 'node:assert/strict';
import { hasKind } from '../../../src/domain/errors.ts';
import { LmdbMetricStore } from '../../../src/drivers/metric-store-lmdb/lmdb-metric-store.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { readAll, SCOPE, values } from '../../../src/ports/testing/metric-store-context.ts';

const dir = process.argv[2];
assert.ok(dir !== undefined, 'the directory of the store is missing');
const clock = new ManualClock();
const open = (): Promise<LmdbMetricStore> => LmdbMetricStore.open({ dir, clock });
let store = await open();
let answered = 0;
let refused = 0;
for (let i = 0; refused < 5; i++) {
  const many = Array.from({ length: 5_000 }, (_, j) => Math.sin(i * 5_000 + j) * 10 ** (j % 9));
  try {
    await store.put(SCOPE, [values(clock.now() - i * 60_000, many)]);
    answered += many.length;
  } catch (error) {
    assert.ok(hasKind(error, 'unavailable'), String(error));
    refused += 1;
  }
}
assert.ok(answered > 0, 'something was answered');
const count = async (): Promise<number> =>
  (await readAll(store)).reduce((sum, { sampleCount }) => sum + sampleCount, 0);
assert.equal(await count(), answered);
await store.close();
store = await open();
assert.equal(await count(), answered);
await store.close();

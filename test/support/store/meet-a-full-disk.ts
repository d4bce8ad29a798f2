/** A process for tests: writes to a disk of a test's own while that fills up, and once it has room again. */
import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hasKind } from '../../../src/domain/errors.ts';
import { LmdbMetricStore } from '../../../src/drivers/metric-store-lmdb/lmdb-metric-store.ts';
import { LmdbStore } from '../../../src/drivers/store-lmdb/lmdb-store.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { readAll, SCOPE, values } from '../../../src/ports/testing/metric-store-context.ts';

const AT_ONCE = 8;
const KEYS = 1000;
const TURNS = 150;

const disk = process.argv[2];
assert.ok(disk !== undefined, 'the directory of the disk is missing');
const ballast = join(disk, 'ballast');
const clock = new ManualClock();
const openAll = async (): Promise<[LmdbStore, LmdbMetricStore]> => [
  await LmdbStore.open({ dir: join(disk, 'store'), clock }),
  await LmdbMetricStore.open({ dir: join(disk, 'metrics'), clock }),
];
let [store, metrics] = await openAll();
const lengths = new Map<string, number>();
let counted = 0;
let written = 0;
let refused = 0;

/** Transactions of many sizes, together. */
async function writeSome(): Promise<void> {
  const first = written;
  written += AT_ONCE;
  const all = Array.from({ length: AT_ONCE }, async (_, i) => {
    const key = `key/${((first + i) * 7) % KEYS}`;
    const length = ((first + i) * 7919) % 30_011;
    await store.transact([], [{ put: key, value: 'x'.repeat(length) }]);
    lengths.set(key, length);
  });
  const many = Array.from({ length: 200 }, (_, i) => Math.sin(first + i));
  const put = metrics.put(SCOPE, [values(clock.now() - first * 60_000, many)]);
  const counts = put.then(() => void (counted += many.length));
  for (const result of await Promise.allSettled([...all, counts])) {
    if (result.status === 'fulfilled') continue;
    assert.ok(hasKind(result.reason, 'unavailable'), String(result.reason));
    refused += 1;
  }
}

/** Takes all that is left of the disk. */
function fillUp(): void {
  const fd = openSync(ballast, 'a');
  try {
    for (const bytes of [1 << 20, 1 << 16, 4096]) writeUntilFull(fd, Buffer.alloc(bytes));
  } finally {
    closeSync(fd);
  }
}

function writeUntilFull(fd: number, piece: Buffer): void {
  try {
    while (writeSync(fd, piece) === piece.length);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
}

async function checkAll(): Promise<void> {
  const found = await store.range<string>({ prefix: 'key/' });
  assert.deepEqual(new Map(found.map(({ key, value }) => [key, value.length])), lengths);
  assert.equal(
    (await readAll(metrics)).reduce((sum, { sampleCount }) => sum + sampleCount, 0),
    counted,
  );
}

for (let round = 0; round < 3; round++) {
  fillUp();
  const before = refused;
  for (let turn = 0; turn < TURNS; turn++) await writeSome();
  assert.ok(refused > before, 'some were refused');
  await checkAll();
  rmSync(ballast);
  const whileFull = refused;
  await writeSome();
  assert.equal(refused, whileFull, 'nothing is refused once the disk has room again');
  await checkAll();
}
await Promise.all([store.close(), metrics.close()]);
[store, metrics] = await openAll();
await checkAll();
await Promise.all([store.close(), metrics.close()]);

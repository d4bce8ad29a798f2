/**
 * A process for tests: puts metrics, prints the number of each put once it is answered, and compacts all the while.
 * Put n is a value of n for each of three metrics: of now, of four hours ago with high resolution, and of 20 days ago.
 * Four publishers put the numbers that are theirs modulo four; the arguments after the directory are their first ones.
 */
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import { LmdbMetricStore } from '../../../src/drivers/metric-store-lmdb/lmdb-metric-store.ts';
import { aMetric, DAY, HOUR, SCOPE, values } from '../../../src/ports/testing/metric-store-context.ts';

const [, , dir, ...firsts] = process.argv;
if (dir === undefined) throw new Error('the directory of the store is missing');
const store = await LmdbMetricStore.open({ dir, clock: systemClock });

async function putForever(first: number): Promise<void> {
  for (let number = first; ; number += 4) {
    const now = systemClock.now();
    const data = [
      values(now, [number]),
      values(now - 4 * HOUR, [number], { metric: aMetric('Fine'), resolution: 1 }),
      values(now - 20 * DAY, [number], { metric: aMetric('Late') }),
    ];
    await store.put(SCOPE, data, { publisher: `${number % 4}`, number });
    process.stdout.write(`${number}\n`);
  }
}

async function compactForever(): Promise<void> {
  for (;;) {
    await store.compact(systemClock.now());
    await setImmediate();
  }
}

await Promise.all([...firsts.map((first) => putForever(Number(first))), compactForever()]);

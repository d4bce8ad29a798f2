import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasKind } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { aMetric, DAY, readAll, SCOPE, values } from '../../ports/testing/metric-store-context.ts';
import { metricStoreSuite } from '../../ports/testing/metric-store-suite.ts';
import { systemClock } from '../system/system-clock.ts';
import { LmdbMetricStore } from './lmdb-metric-store.ts';

const root = mkdtempSync(join(tmpdir(), 'neargate-metric-store-'));
after(() => rmSync(root, { recursive: true, force: true }));
const program = (name: string): string =>
  fileURLToPath(new URL(`../../../test/support/metrics/${name}.js`, import.meta.url));
let lastDir = 0;
const newDir = (): string => join(root, String(++lastDir));

const dirs = new WeakMap<object, string>();

metricStoreSuite('LmdbMetricStore', {
  histories: 40,
  open: async (clock) => {
    const dir = newDir();
    const store = await LmdbMetricStore.open({ dir, clock });
    dirs.set(store, dir);
    return store;
  },
  reopen: async (store, clock) => {
    const dir = dirs.get(store) as string;
    await store.close();
    const again = await LmdbMetricStore.open({ dir, clock });
    dirs.set(again, dir);
    return again;
  },
});

describe('LmdbMetricStore on disk', () => {
  let dir: string;
  let child: ChildProcess | undefined;
  const stores: LmdbMetricStore[] = [];
  beforeEach(() => {
    dir = newDir();
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  const open = async (clock: Clock = systemClock): Promise<LmdbMetricStore> => {
    const store = await LmdbMetricStore.open({ dir, clock });
    stores.push(store);
    return store;
  };

  /** Runs a process that puts, kills it after so many answers, and tells the last number of each publisher. */
  const putUntilKilled = async (firsts: readonly number[], answers: number): Promise<number[]> => {
    child = spawn(process.execPath, [program('put-until-killed'), dir, ...firsts.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(child.stdout);
    const last = firsts.map((first) => first - 4);
    let count = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      last[Number(line) % 4] = Number(line);
      count += 1;
      if (count >= answers) child.kill('SIGKILL');
    }
    assert.ok(count >= answers, 'the writer ran');
    return last;
  };

  it('has all that was answered, once, after its process was killed again and again', async () => {
    let firsts = [0, 1, 2, 3];
    for (const answers of [1, 40, 7, 150, 90]) {
      const last = await putUntilKilled(firsts, answers);
      const store = await open();
      // The put after the last one that was answered may be there, too.
      const possible = [0, 1, 2, 3].reduce<[number, number][]>(
        (sums, publisher) =>
          [last[publisher] ?? 0, (last[publisher] ?? 0) + 4].flatMap((end) =>
            sums.map(([count, sum]): [number, number] => {
              const terms = Math.floor(end / 4) + 1;
              return [count + terms, sum + (terms * (publisher + end)) / 2];
            }),
          ),
        [[0, 0]],
      );
      const found = await Promise.all(['Load', 'Fine', 'Late'].map((name) => total(store, name)));
      assert.deepEqual(found[1], found[0]);
      assert.deepEqual(found[2], found[0]);
      assert.ok(
        possible.some((one) => String(one) === String(found[0])),
        `${String(found[0])} is none of ${possible.join(' ')}`,
      );
      await store.close();
      firsts = last.map((number) => number + 4);
    }
  });

  it('rejects what no longer fits on the disk, and keeps what was answered', () => {
    // The limit on a file's size stands for a full disk.
    const script = `trap '' XFSZ; ulimit -f 8000; exec "$0" "$1" "$2"`;
    const ran = spawnSync('sh', ['-c', script, process.execPath, program('fill-the-disk'), dir], {
      encoding: 'utf8',
    });
    // LMDB says there when a write failed, which its process may not survive.
    assert.equal(ran.stderr, '');
    assert.equal(ran.status, 0);
  });

  it('refuses to open while it is open, and to work once it is closed', async () => {
    const store = await open();
    const failed = (error: unknown): boolean => hasKind(error, 'failed-precondition');
    await assert.rejects(open(), failed);
    await store.close();
    await store.close();
    await assert.rejects(store.put(SCOPE, [values(0, [1])]), failed);
    await open();
  });

  it('is readable by its owner alone', async () => {
    await open();
    assert.equal(statSync(dir).mode & 0o777, 0o700);
    for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  });

  it('looks at so many metrics for a page, and goes on with the next', async () => {
    const store = await open();
    const now = systemClock.now();
    const metrics = Array.from({ length: 20_500 }, (_, i) => aMetric('Load', `Task=${i + 10_000}`));
    await store.put(
      SCOPE,
      metrics.map((metric) => values(now, [1], { metric })),
    );
    const filter = { dimensions: [{ name: 'Task', value: '30400' }] };
    const first = await store.list(SCOPE, filter, 10);
    assert.deepEqual(first.metrics, []);
    assert.ok(first.next !== undefined);
    const second = await store.list(SCOPE, filter, 10, first.next);
    assert.deepEqual(second, { metrics: [aMetric('Load', 'Task=30400')] });
  });

  it('flushes by itself when much is put, and has it all the same', async () => {
    const clock = new ManualClock();
    const store = await open(clock);
    const many = Array.from({ length: 9_000 }, (_, i) => aMetric('Load', `Task=${i}`));
    for (let minute = 0; minute < 3; minute++) {
      const at = clock.now() + minute * 60_000;
      await store.put(
        SCOPE,
        many.map((metric) => values(at, [minute], { metric })),
      );
    }
    for (const metric of [many[0], many[8_999]]) {
      assert.deepEqual(
        (await readAll(store, 60, metric)).map(({ sum }) => sum),
        [0, 1, 2],
      );
    }
    await store.close();
    const again = await open(clock);
    assert.deepEqual(
      (await readAll(again, 60, many[4_500])).map(({ sum }) => sum),
      [0, 1, 2],
    );
  });

  it('finishes what was put before it closes', async () => {
    const clock = new ManualClock();
    const first = await open(clock);
    const puts = Array.from({ length: 50 }, () => first.put(SCOPE, [values(clock.now(), [1])]));
    const compacted = first.compact(clock.now() + DAY);
    await first.close();
    await Promise.all([...puts, compacted]);
    const again = await open(clock);
    assert.deepEqual(
      (await readAll(again)).map(({ sampleCount }) => sampleCount),
      [50],
    );
  });
});

async function total(store: LmdbMetricStore, name: string): Promise<[number, number]> {
  const buckets = await readAll(store, 60, aMetric(name));
  return buckets.reduce<[number, number]>(
    ([count, sum], bucket) => [count + bucket.sampleCount, sum + bucket.sum],
    [0, 0],
  );
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { metricStoreSuite } from '../../ports/testing/metric-store-suite.ts';
import { LmdbMetricStore } from './lmdb-metric-store.ts';

const root = mkdtempSync(join(tmpdir(), 'neargate-metrics-'));
after(() => rmSync(root, { recursive: true, force: true }));
let lastDir = 0;
const newDir = (): string => join(root, String(++lastDir));

const dirs = new WeakMap<object, string>();

metricStoreSuite('LmdbMetricStore', {
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

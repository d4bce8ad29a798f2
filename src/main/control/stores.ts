/** What the control plane keeps on this machine's disk. Two files, since metrics are written in other amounts. */
import { LmdbMetricStore } from '../../drivers/metric-store-lmdb/lmdb-metric-store.ts';
import { LmdbStore } from '../../drivers/store-lmdb/lmdb-store.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { MetricStore } from '../../ports/metric-store.ts';
import type { Store } from '../../ports/store.ts';
import type { DataDir } from '../data-dir.ts';

export interface Stores {
  readonly store: Store;
  readonly metrics: MetricStore;
  close(): Promise<void>;
}

/** Rejects with `failed-precondition` when another process has them open. */
export async function openStores(dir: DataDir): Promise<Stores> {
  const store = await LmdbStore.open({ dir: dir.control, clock: systemClock });
  try {
    const metrics = await LmdbMetricStore.open({ dir: dir.metrics, clock: systemClock });
    return {
      store,
      metrics,
      async close() {
        await Promise.all([store.close(), metrics.close()]);
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What every MetricStore must do, run against each driver. `open` gives a new, empty store. */
import { afterEach, beforeEach, describe } from 'node:test';
import type { Clock } from '../clock.ts';
import type { MetricStore } from '../metric-store.ts';
import { ManualClock } from './manual-clock.ts';
import type { MetricStoreContext } from './metric-store-context.ts';
import { metricHistories } from './metric-store-history-suite.ts';
import { metricLists } from './metric-store-list-suite.ts';
import { metricReads, metricRollUps } from './metric-store-read-suite.ts';

export interface MetricStoreDriver {
  readonly open: (clock: Clock) => Promise<MetricStore>;
  /** Closes a store and opens what it left; where nothing outlives a process, the store itself. */
  /** How many random histories are tried; 100 when left out. */
  readonly histories?: number;
  readonly reopen: (store: MetricStore, clock: Clock) => Promise<MetricStore>;
}

/** Runs the whole suite; `name` is the driver's. */
export function metricStoreSuite(name: string, { open, reopen, histories = 100 }: MetricStoreDriver): void {
  describe(name, () => {
    let store: MetricStore;
    let clock: ManualClock;
    beforeEach(async () => {
      clock = new ManualClock();
      store = await open(clock);
    });
    afterEach(() => store.close());
    const context: MetricStoreContext = {
      store: () => store,
      clock: () => clock,
      renew: async () => {
        await store.close();
        clock = new ManualClock();
        store = await open(clock);
      },
      reopen: async () => {
        store = await reopen(store, clock);
      },
    };
    metricReads(context);
    metricRollUps(context);
    metricLists(context);
    metricHistories(context, histories);
  });
}

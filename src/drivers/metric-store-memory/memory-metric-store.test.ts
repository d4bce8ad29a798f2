import { metricStoreSuite } from '../../ports/testing/metric-store-suite.ts';
import { MemoryMetricStore } from './memory-metric-store.ts';

metricStoreSuite('MemoryMetricStore', {
  open: async (clock) => new MemoryMetricStore({ clock }),
  reopen: async (store) => store,
});

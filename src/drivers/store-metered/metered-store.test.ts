import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storeSuite } from '../../ports/testing/store-suite.ts';
import { MemoryMeters } from '../meters-memory/memory-meters.ts';
import { MemoryStore } from '../store-memory/memory-store.ts';
import { MeteredStore } from './metered-store.ts';

storeSuite(
  'MeteredStore',
  async (clock) => new MeteredStore(new MemoryStore({ clock }), new MemoryMeters('test')),
);

describe('MeteredStore', () => {
  it('counts and times transactions by what became of them', async () => {
    const meters = new MemoryMeters('test');
    const store = new MeteredStore(new MemoryStore(), meters);
    await store.transact([], [{ put: 'k', value: 1 }]);
    await store.transact([{ key: 'k', revision: 0 }], [{ put: 'k', value: 2 }]);
    await store.close();
    await assert.rejects(store.transact([], [{ put: 'k', value: 3 }]));
    const families = await meters.collect();
    const points = (name: string): unknown[] =>
      families.filter((family) => family.name === name).flatMap((family) => family.points);
    assert.deepEqual(points('neargate_store_transactions_total'), [
      { labels: { outcome: 'committed' }, value: 1 },
      { labels: { outcome: 'conflict' }, value: 1 },
      { labels: { outcome: 'failed' }, value: 1 },
    ]);
    const [duration] = points('neargate_store_transaction_duration_seconds') as { counts: number[] }[];
    assert.equal(
      duration?.counts.reduce((sum, count) => sum + count),
      3,
    );
  });
});

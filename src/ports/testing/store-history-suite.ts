/** The part of the store's suite that compares random histories with a model of the contract. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Change } from '../store.ts';
import { put, type StoreContext } from './store-context.ts';
import { StoreModel } from './store-model.ts';
import { SEED } from './seed.ts';

export function randomHistories({ store, signal }: StoreContext): void {
  const key = fc.constantFrom('a', 'a/1', 'a/2', 'b', 'b/1', 'é', '𐀀', '\uffff');
  const write = fc.oneof(
    fc.record({ put: key, value: fc.jsonValue() }),
    fc.record({ delete: key }),
    fc.record({ deletePrefix: fc.constantFrom('a/', 'b', '') }),
  );
  const condition = fc.record({ key, holds: fc.boolean() });
  const transaction = fc.record({
    conditions: fc.array(condition, { maxLength: 2 }),
    writes: fc.array(write, { maxLength: 4 }),
    wait: fc.boolean(),
  });
  const range = fc.record(
    { prefix: fc.constantFrom('', 'a', 'a/', 'b/'), after: key, limit: fc.nat(4), reverse: fc.boolean() },
    { requiredKeys: ['prefix'] },
  );

  it('does what a plain sorted list does, for random transactions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { maxLength: 12 }), fc.array(range), async (history, reads) => {
        await put(store(), { deletePrefix: '' });
        const model = new StoreModel();
        const watched = new Map<string, unknown>();
        const ended = new AbortController();
        const watching = follow(store().watch('', AbortSignal.any([signal(), ended.signal])), watched);
        let last: Promise<unknown> = Promise.resolve();
        for (const { conditions, writes, wait } of history) {
          if (wait) await last;
          // A condition's revision is only known once all before it are answered.
          const known = wait ? conditions : [];
          const asked = await Promise.all(
            known.map(async ({ key, holds }) => ({
              key,
              revision: ((await store().get(key))?.revision ?? 0) + (holds ? 0 : 1),
            })),
          );
          const holds = known.every((one) => one.holds);
          if (holds) model.apply(writes);
          last = store()
            .transact(asked, writes)
            .then((result) => assert.equal(result.ok, holds));
        }
        await last;
        for (const read of reads) {
          const entries = await store().range<unknown>(read);
          assert.deepEqual(
            entries.map(({ key, value }) => [key, value]),
            model.range(read),
          );
        }
        await put(store(), { put: 'end', value: 1 });
        await watching;
        assert.deepEqual(Object.fromEntries(watched), Object.fromEntries(model.range({ prefix: '' })));
        ended.abort();
        await put(store(), { delete: 'end' });
      }),
      { numRuns: 60, seed: SEED },
    );
  });
}

/** Applies watched changes to a map until the key `end` turns up. */
async function follow(changes: AsyncIterable<readonly Change[]>, into: Map<string, unknown>): Promise<void> {
  for await (const batch of changes) {
    for (const { key, entry } of batch) {
      if (key === 'end') return;
      if (entry === undefined) into.delete(key);
      else into.set(key, entry.value);
    }
  }
}

/** What the suites of the store share. */
import assert from 'node:assert/strict';
import type { Entry, Store, Write } from '../store.ts';
import type { ManualClock } from './manual-clock.ts';

/** The store of the test that runs, made anew for each. */
export interface StoreContext {
  readonly store: () => Store;
  readonly clock: () => ManualClock;
  /** Fires when the test is over. */
  readonly signal: () => AbortSignal;
}

export const keysOf = (entries: readonly Entry<unknown>[]): string[] => entries.map(({ key }) => key);

/** Commits and answers the revision. */
export async function put(store: Store, ...writes: Write[]): Promise<number> {
  const result = await store.transact([], writes);
  assert.ok(result.ok);
  return result.revision;
}

/** Optimistic transactions: read, decide, write if nothing has changed meanwhile; otherwise once more. */
import { ApiError } from '../domain/errors.ts';
import type { Condition, Store, Write } from '../ports/store.ts';

const MAX_TRIES = 20;

/** What one try came to: an answer, with what has to be written before it may be given. */
export interface Decision<T> {
  readonly answer: T;
  readonly conditions: readonly Condition[];
  readonly writes: readonly Write[];
}

/**
 * `decide` reads the store anew for each try and may throw ApiErrors; without writes nothing is committed.
 * `busy` is the error after too many conflicts.
 */
export async function transactWithRetry<T>(
  store: Store,
  decide: () => Promise<Decision<T>>,
  busy: () => ApiError = () => new ApiError('ServerException', 'Too many concurrent changes. Try again.'),
): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { answer, conditions, writes } = await decide();
    if (writes.length === 0) return answer;
    const result = await store.transact(conditions, writes);
    if (result.ok) return answer;
  }
  throw busy();
}

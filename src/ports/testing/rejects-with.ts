/** What tests expect of work that fails. */
import assert from 'node:assert/strict';
import { type ErrorKind, hasKind } from '../../domain/errors.ts';

/** The error, which must be of that kind. */
export async function rejectsWith(work: Promise<unknown>, kind: ErrorKind): Promise<Error> {
  let seen: unknown;
  await assert.rejects(work, (error) => {
    seen = error;
    assert.ok(hasKind(error, kind), `expected ${kind}, got ${String(error)}`);
    return true;
  });
  return seen as Error;
}

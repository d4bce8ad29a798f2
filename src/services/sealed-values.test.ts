import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../domain/errors.ts';
import { SealedValues } from './sealed-values.ts';

describe('Sealed values', () => {
  const values = new SealedValues(Buffer.alloc(32, 1));
  const isRefused = (error: unknown): boolean => hasKind(error, 'failed-precondition');

  it('are opened by the same key, at the same place', () => {
    const sealed = values.seal('hunter2 ✓', 'here');
    assert.equal(new SealedValues(Buffer.alloc(32, 1)).open(sealed, 'here'), 'hunter2 ✓');
    assert.notEqual(values.seal('hunter2 ✓', 'here'), sealed);
  });

  it('stay closed for another key, at another place, and when one bit is changed', () => {
    const sealed = values.seal('hunter2', 'here');
    assert.throws(() => new SealedValues(Buffer.alloc(32, 2)).open(sealed, 'here'), isRefused);
    assert.throws(() => values.open(sealed, 'there'), isRefused);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    assert.throws(() => values.open(bytes.toString('base64'), 'here'), isRefused);
    assert.throws(() => values.open('', 'here'), isRefused);
  });
});

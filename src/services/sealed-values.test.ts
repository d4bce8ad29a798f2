import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../domain/errors.ts';
import { SealedValues } from './sealed-values.ts';
import { fixedKey } from '../../test/support/secrets/fixed-key.ts';

describe('Sealed values', () => {
  const values = new SealedValues(fixedKey(1));
  const isRefused = (error: unknown): boolean => hasKind(error, 'failed-precondition');

  it('are opened by the same key, at the same place', () => {
    const sealed = values.seal('hunter2 ✓', 'here');
    assert.equal(new SealedValues(fixedKey(1)).open(sealed, 'here'), 'hunter2 ✓');
    assert.notEqual(values.seal('hunter2 ✓', 'here'), sealed);
  });

  it('stay closed for another key, at another place, and when one bit is changed', () => {
    const sealed = values.seal('hunter2', 'here');
    assert.throws(() => new SealedValues(fixedKey(2)).open(sealed, 'here'), isRefused);
    assert.throws(() => values.open(sealed, 'there'), isRefused);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    assert.throws(() => values.open(bytes.toString('base64'), 'here'), isRefused);
    assert.throws(() => values.open('', 'here'), isRefused);
  });

  it('stay closed without the key, which is not made anew for them', () => {
    const sealed = values.seal('hunter2', 'here');
    const lost = { find: () => undefined, make: () => assert.fail('a key was made') };
    assert.throws(() => new SealedValues(lost).open(sealed, 'here'), isRefused);
  });
});

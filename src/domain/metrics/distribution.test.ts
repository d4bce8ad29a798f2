import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { coarsen, rounded } from './distribution.ts';

describe('rounded', () => {
  it('stays within 0.8 % at seven bits, and does nothing the second time', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const once = rounded(value, 7);
        assert.ok(Math.abs(once - value) <= Math.abs(value) * 0.0079, `${once} for ${value}`);
        assert.equal(rounded(once, 7), once);
      }),
    );
  });

  it('leaves whole numbers up to 128 as they are', () => {
    for (let value = -128; value <= 128; value++) assert.equal(rounded(value, 7), value);
  });
});

describe('coarsen', () => {
  const list = (values: number[]) => values.toSorted((a, b) => a - b).map((value) => ({ value, count: 2 }));

  it('leaves a few values alone', () => {
    const few = list([1.001, 1.002, 1.003]);
    assert.deepEqual(coarsen(few, 3), few);
    assert.deepEqual(coarsen(few, 2), [{ value: 1, count: 6 }]);
  });

  it('keeps every count, the order, and at most 2,048 values', () => {
    const many = list(
      Array.from({ length: 9_000 }, (_, i) => (i % 3 === 0 ? -1 : 1) * 1.1 ** (i / 2 - 2_250)),
    );
    const result = coarsen(many, 32);
    assert.ok(result.length <= 2_048);
    assert.equal(
      result.reduce((sum, { count }) => sum + count, 0),
      18_000,
    );
    assert.deepEqual(
      result,
      result.toSorted((a, b) => a.value - b.value),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askedRange, rangesMeet } from './asked-range.ts';

describe('askedRange', () => {
  it('takes the bits behind the prefix away', () => {
    assert.equal(askedRange('100.68.0.18/18'), '100.68.0.0/18');
    assert.equal(askedRange('0.0.0.0/0'), '0.0.0.0/0');
    assert.equal(askedRange('10.1.2.3/32'), '10.1.2.3/32');
  });

  it('takes nothing else', () => {
    for (const text of ['', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0/16', '10.0.0.0/16/1', '::/0']) {
      assert.equal(askedRange(text), undefined, text);
    }
  });
});

describe('rangesMeet', () => {
  it('is true where one holds the other', () => {
    assert.equal(rangesMeet('10.0.0.0/16', '10.0.3.0/24'), true);
    assert.equal(rangesMeet('10.0.3.0/24', '10.0.0.0/16'), true);
    assert.equal(rangesMeet('10.0.0.0/24', '10.0.1.0/24'), false);
  });
});

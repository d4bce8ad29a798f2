import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freeAddress, publicRange, subnetRange } from './free-address.ts';

describe('A free address', () => {
  it('is the next one, and one given back comes after all others', () => {
    const range = subnetRange('10.0.0.0/28');
    const taken = new Set<string>();
    const given: string[] = [];
    let start = 0;
    for (;;) {
      const found = freeAddress(range, (address) => taken.has(address), start);
      if (found === undefined) break;
      given.push(found.address);
      taken.add(found.address);
      start = found.next;
      if (given.length === 3) taken.delete('10.0.0.4');
    }
    assert.deepEqual(given.slice(0, 2), ['10.0.0.4', '10.0.0.5']);
    assert.deepEqual(given.slice(-2), ['10.0.0.14', '10.0.0.4']);
    assert.equal(given.length, 12);
  });

  it('of the public pool is any but the first and the last', () => {
    const range = publicRange('198.19.0.0/28');
    assert.equal(freeAddress(range, () => false, 0)?.address, '198.19.0.1');
    assert.equal(freeAddress(range, () => false, 13)?.address, '198.19.0.14');
    assert.equal(freeAddress(range, () => false, 14)?.address, '198.19.0.1');
    assert.throws(() => publicRange('198.19.0.0'), RangeError);
  });
});

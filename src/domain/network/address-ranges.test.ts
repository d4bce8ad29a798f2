import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { coversAll, formatRange, mergeRanges, rangeOf, routeRanges } from './address-ranges.ts';
import { containsAddress, formatCidr, formatIpv4, parseCidr } from './cidr.ts';

/** Networks that are often in one another, and next to one another. */
const network = fc
  .tuple(fc.constantFrom(0, 1, 2, 8, 16, 20, 24, 28, 31, 32), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  .map(([bits, address]) => {
    const size = 2 ** (32 - bits);
    return formatCidr({ base: Math.floor((address % 2 ** 26) / size) * size, bits });
  });

/** The interesting addresses: the ends of all ranges, and what is beside them. */
function edges(cidrs: readonly string[]): number[] {
  return cidrs
    .map(rangeOf)
    .flatMap(({ first, last }) => [first - 1, first, first + 1, last - 1, last, last + 1])
    .filter((address) => address >= 0 && address < 2 ** 32);
}

describe('ranges of several networks', () => {
  it('hold what one of the networks holds, apart from one another', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 12 }), (cidrs) => {
        const ranges = mergeRanges(cidrs);
        for (const address of edges(cidrs)) {
          const expected = cidrs.some((cidr) => containsAddress(cidr, formatIpv4(address)));
          const holders = ranges.filter(({ first, last }) => first <= address && address <= last);
          assert.equal(holders.length, expected ? 1 : 0);
        }
        for (const [index, range] of ranges.entries()) {
          assert.ok(range.first > (ranges[index - 1]?.last ?? -2) + 1, 'neighbours are joined');
        }
      }),
    );
  });

  it('are written as an address, or as the first and the last', () => {
    assert.deepEqual(mergeRanges(['10.0.1.0/24', '10.0.0.0/24', '9.0.0.1/32']).map(formatRange), [
      '9.0.0.1',
      '10.0.0.0-10.0.1.255',
    ]);
    assert.ok(coversAll(rangeOf('0.0.0.0/0')));
    assert.throws(() => rangeOf('10.0.0.1/8'), RangeError);
  });
});

describe('ranges of routes', () => {
  it('lead each address where the longest prefix does', () => {
    const route = fc.record({ destinationCidr: network, target: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 12 }), (routes) => {
        const ranges = routeRanges(routes);
        for (const address of edges(routes.map(({ destinationCidr }) => destinationCidr))) {
          const holders = ranges.filter(({ first, last }) => first <= address && address <= last);
          assert.ok(holders.length <= 1);
          assert.equal(holders[0]?.target, longestPrefix(routes, formatIpv4(address)));
        }
        for (const [index, range] of ranges.entries()) {
          const before = ranges[index - 1];
          assert.ok(before === undefined || before.last < range.first);
          assert.ok(before?.last !== range.first - 1 || before.target !== range.target, 'joined');
        }
      }),
    );
  });

  it('are none without routes', () => {
    assert.deepEqual(routeRanges([]), []);
  });
});

function longestPrefix(
  routes: readonly { destinationCidr: string; target: string }[],
  address: string,
): string | undefined {
  const bits = (cidr: string) => parseCidr(cidr)?.bits ?? -1;
  let best: { destinationCidr: string; target: string } | undefined;
  for (const route of routes) {
    if (!containsAddress(route.destinationCidr, address)) continue;
    if (best === undefined || bits(route.destinationCidr) >= bits(best.destinationCidr)) best = route;
  }
  return best?.target;
}

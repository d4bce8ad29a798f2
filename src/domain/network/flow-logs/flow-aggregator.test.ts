import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FlowAggregator } from './flow-aggregator.ts';
import type { FlowPart } from './flow-parts.ts';

const PART: FlowPart = {
  ...{ eniId: 'eni-a', direction: 'egress', action: 'ACCEPT', protocol: 6 },
  ...{ srcaddr: '10.0.0.4', srcport: 1, dstaddr: '10.0.0.5', dstport: 80 },
  ...{ pktSrcaddr: '10.0.0.4', pktDstaddr: '10.0.0.5' },
  ...{ packets: 1, bytes: 100, tcpFlags: 0, start: 1_000, end: 2_000 },
};

describe('a flow aggregator', () => {
  it('makes one flow of what has the same ends, with all its flags and the whole time', () => {
    const aggregator = new FlowAggregator();
    aggregator.add({ ...PART, tcpFlags: 2 });
    aggregator.add({ ...PART, tcpFlags: 1, start: 500, end: 1_500 });
    const { flows, skipped } = aggregator.take()('eni-a');
    assert.deepEqual(flows, [{ ...PART, packets: 2, bytes: 200, tcpFlags: 3, start: 500, end: 2_000 }]);
    assert.equal(skipped, false);
    assert.deepEqual(aggregator.take()('eni-a').flows, [], 'then all begins anew');
  });

  it('tells flows apart by all that records show of their ends', () => {
    const aggregator = new FlowAggregator();
    const others: Partial<FlowPart>[] = [
      ...[{}, { direction: 'ingress' } as const, { action: 'REJECT' } as const, { protocol: 17 }],
      ...[{ srcport: 2 }, { dstport: 81 }, { srcaddr: '10.0.0.6' }, { dstaddr: '10.0.0.7' }],
      ...[{ pktSrcaddr: '10.0.0.8' }, { pktDstaddr: '10.0.0.8' }],
    ];
    for (const other of others) aggregator.add({ ...PART, ...other });
    assert.equal(aggregator.take()('eni-a').flows.length, others.length);
  });

  it('keeps so many flows for an interface, says that it skipped some, and spares the others', () => {
    const aggregator = new FlowAggregator(2);
    for (const srcport of [1, 2, 3, 1]) aggregator.add({ ...PART, srcport });
    aggregator.add({ ...PART, eniId: 'eni-b' });
    const taken = aggregator.take();
    assert.deepEqual([taken('eni-a').flows.length, taken('eni-a').skipped], [2, true]);
    assert.equal(taken('eni-a').flows[0]?.packets, 2, 'a flow that is kept goes on counting');
    assert.deepEqual([taken('eni-b').flows.length, taken('eni-b').skipped], [1, false]);
  });

  it('says of every interface that something was lost', () => {
    const aggregator = new FlowAggregator();
    aggregator.skip();
    assert.equal(aggregator.take()('eni-z').skipped, true);
    assert.equal(aggregator.take()('eni-z').skipped, false);
  });

  it('gives as many packets and bytes as were put in', () => {
    const part = fc.record({
      eniId: fc.constantFrom('eni-a', 'eni-b'),
      direction: fc.constantFrom('ingress' as const, 'egress' as const),
      srcport: fc.nat(3),
      packets: fc.nat(1_000),
      bytes: fc.nat(1_000_000),
    });
    fc.assert(
      fc.property(fc.array(part), fc.nat(20), (parts, takeAfter) => {
        const aggregator = new FlowAggregator();
        const sums = { packets: 0, bytes: 0 };
        const take = (): void => {
          const taken = aggregator.take();
          for (const flow of [...taken('eni-a').flows, ...taken('eni-b').flows]) {
            sums.packets += flow.packets;
            sums.bytes += flow.bytes;
          }
        };
        for (const [index, each] of parts.entries()) {
          aggregator.add({ ...PART, ...each });
          if (index % (takeAfter + 1) === 0) take();
        }
        take();
        const put = (count: 'packets' | 'bytes') => parts.reduce((sum, each) => sum + each[count], 0);
        assert.deepEqual(sums, { packets: put('packets'), bytes: put('bytes') });
      }),
    );
  });
});

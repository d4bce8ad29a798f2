import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConnectionDelta } from './connection-accounts.ts';
import { type FlowInterface, FlowInterfaces } from './flow-interface.ts';
import type { DroppedPacket, FlowTuple } from './flow-observation.ts';
import { type FlowPart, partsOfConnection, partsOfDropped } from './flow-parts.ts';

const face = (
  eniId: string,
  privateIpv4Address: string,
  over: Partial<FlowInterface> = {},
): FlowInterface => ({
  ...{ eniId, privateIpv4Address, subnetId: 'subnet-1', availabilityZone: 'us-east-1a', since: 0 },
  ...over,
});

const A = face('eni-a', '10.0.0.4');
const B = face('eni-b', '10.0.0.5');
const NAT = face('eni-d', '10.0.1.9', { natIpv4Address: '198.19.0.9' });
const OUTSIDE = '203.0.113.5';

function faces(...all: FlowInterface[]): FlowInterfaces {
  const made = new FlowInterfaces();
  for (const each of all) made.put(each);
  return made;
}

const tuple = (from: string, sourcePort: number, to: string, destinationPort: number): FlowTuple => ({
  ...{ sourceAddress: from, sourcePort, destinationAddress: to, destinationPort },
});

/** `reply` is the tuple of the answers. */
function delta(original: FlowTuple, reply: FlowTuple, sent = 5, got = 4): ConnectionDelta {
  return {
    protocol: 6,
    original: { ...original, packets: sent, bytes: sent * 100, tcpFlags: 2 },
    reply: { ...reply, packets: got, bytes: got * 1_000, tcpFlags: 18 },
    startedAt: 2_000,
  };
}

const SPAN = { from: 1_000, to: 9_000 };

/** `eni-a egress 10.0.0.4:40000>10.0.0.5:80 5 ACCEPT`, with the packet's own addresses where they differ. */
function words(part: FlowPart): string {
  const { eniId, direction, srcaddr, srcport, dstaddr, dstport, packets, action } = part;
  const real = `${part.pktSrcaddr}>${part.pktDstaddr}`;
  const behind = real === `${srcaddr}>${dstaddr}` ? '' : ` (${real})`;
  return `${eniId} ${direction} ${srcaddr}:${srcport}>${dstaddr}:${dstport} ${packets} ${action}${behind}`;
}

describe('a connection', () => {
  it('between two interfaces is seen by both, in both directions', () => {
    const seen = partsOfConnection(
      delta(tuple('10.0.0.4', 40_000, '10.0.0.5', 80), tuple('10.0.0.5', 80, '10.0.0.4', 40_000)),
      faces(A, B),
      SPAN,
    );
    assert.deepEqual(seen.map(words), [
      'eni-a egress 10.0.0.4:40000>10.0.0.5:80 5 ACCEPT',
      'eni-a ingress 10.0.0.5:80>10.0.0.4:40000 4 ACCEPT',
      'eni-b ingress 10.0.0.4:40000>10.0.0.5:80 5 ACCEPT',
      'eni-b egress 10.0.0.5:80>10.0.0.4:40000 4 ACCEPT',
    ]);
    assert.deepEqual(
      [seen[0]?.bytes, seen[0]?.tcpFlags, seen[1]?.bytes, seen[1]?.tcpFlags],
      [500, 2, 4_000, 18],
    );
    assert.deepEqual([seen[0]?.start, seen[0]?.end], [2_000, 9_000]);
  });

  it('that nobody answers is seen in one direction', () => {
    const seen = partsOfConnection(
      delta(tuple('10.0.0.4', 40_000, OUTSIDE, 80), tuple(OUTSIDE, 80, '10.0.0.4', 40_000), 1, 0),
      faces(A, B),
      SPAN,
    );
    assert.deepEqual(seen.map(words), [`eni-a egress 10.0.0.4:40000>${OUTSIDE}:80 1 ACCEPT`]);
  });

  it('from outside to a public address comes to the private one', () => {
    const seen = partsOfConnection(
      delta(tuple(OUTSIDE, 40_000, '198.19.0.4', 80), tuple('10.0.0.4', 80, OUTSIDE, 40_000)),
      faces(A, B),
      SPAN,
    );
    assert.deepEqual(seen.map(words), [
      `eni-a ingress ${OUTSIDE}:40000>10.0.0.4:80 5 ACCEPT`,
      `eni-a egress 10.0.0.4:80>${OUTSIDE}:40000 4 ACCEPT`,
    ]);
  });

  it("through an internet gateway has the sender's private address", () => {
    const seen = partsOfConnection(
      delta(tuple('10.0.0.4', 40_000, OUTSIDE, 80), tuple(OUTSIDE, 80, '198.19.0.4', 40_000)),
      faces(A, B),
      SPAN,
    );
    assert.deepEqual(seen.map(words), [
      `eni-a egress 10.0.0.4:40000>${OUTSIDE}:80 5 ACCEPT`,
      `eni-a ingress ${OUTSIDE}:80>10.0.0.4:40000 4 ACCEPT`,
    ]);
  });

  it("through a NAT gateway is seen on both sides of the gateway's interface, with the packet's addresses", () => {
    const seen = partsOfConnection(
      delta(tuple('10.0.0.4', 40_000, OUTSIDE, 80), tuple(OUTSIDE, 80, '198.19.0.9', 50_000)),
      faces(A, NAT),
      SPAN,
    );
    assert.deepEqual(seen.map(words), [
      `eni-a egress 10.0.0.4:40000>${OUTSIDE}:80 5 ACCEPT`,
      `eni-a ingress ${OUTSIDE}:80>10.0.0.4:40000 4 ACCEPT`,
      `eni-d ingress 10.0.0.4:40000>10.0.1.9:80 5 ACCEPT (10.0.0.4>${OUTSIDE})`,
      `eni-d egress 10.0.1.9:50000>${OUTSIDE}:80 5 ACCEPT`,
      `eni-d ingress ${OUTSIDE}:80>10.0.1.9:50000 4 ACCEPT`,
      `eni-d egress 10.0.1.9:80>10.0.0.4:40000 4 ACCEPT (${OUTSIDE}>10.0.0.4)`,
    ]);
  });

  it('of an address that changed hands belongs to whose it was when it began', () => {
    const before = face('eni-e', '10.0.0.4', { since: 0, until: 3_000 });
    const after = face('eni-f', '10.0.0.4', { since: 4_000 });
    const old = delta(tuple('10.0.0.4', 1, OUTSIDE, 80), tuple(OUTSIDE, 80, '10.0.0.4', 1));
    const both = faces(before, after);
    const owners = (startedAt: number) =>
      new Set(partsOfConnection({ ...old, startedAt }, both, SPAN).map(({ eniId }) => eniId));
    assert.deepEqual([...owners(2_000)], ['eni-e']);
    assert.deepEqual([...owners(5_000)], ['eni-f']);
    both.forgetEnded(9_000);
    assert.deepEqual([...owners(2_000)], ['eni-f']);
  });
});

describe('a dropped packet', () => {
  const packet = (reason: DroppedPacket['reason'], to = '10.0.0.5'): DroppedPacket => ({
    ...tuple('10.0.0.4', 40_000, to, 80),
    ...{ type: 'dropped', reason, protocol: 6, bytes: 60, tcpFlags: 2, at: 5_000 },
  });

  it('that the receiver refuses has left the sender', () => {
    const reason = { type: 'denied', direction: 'ingress', eniId: 'eni-b' } as const;
    assert.deepEqual(partsOfDropped(packet(reason), faces(A, B)).map(words), [
      'eni-a egress 10.0.0.4:40000>10.0.0.5:80 1 ACCEPT',
      'eni-b ingress 10.0.0.4:40000>10.0.0.5:80 1 REJECT',
    ]);
  });

  it('that the sender may not send goes nowhere', () => {
    const reason = { type: 'denied', direction: 'egress', eniId: 'eni-a' } as const;
    assert.deepEqual(partsOfDropped(packet(reason), faces(A, B)).map(words), [
      'eni-a egress 10.0.0.4:40000>10.0.0.5:80 1 REJECT',
    ]);
  });

  it('that no route takes is accepted where it was sent', () => {
    assert.deepEqual(partsOfDropped(packet({ type: 'unrouted' }, OUTSIDE), faces(A, B)).map(words), [
      `eni-a egress 10.0.0.4:40000>${OUTSIDE}:80 1 ACCEPT`,
    ]);
  });

  it("has TCP's flags as flow logs know them", () => {
    const cases = [
      [2, 2],
      [18, 18],
      [16, 0],
      [17, 1],
      [20, 4],
    ] as const;
    for (const [bits, expected] of cases) {
      const seen = partsOfDropped({ ...packet({ type: 'unrouted' }), tcpFlags: bits }, faces(A));
      assert.equal(seen[0]?.tcpFlags, expected);
    }
  });
});

/**
 * Traffic as each interface sees it. A connection between two interfaces is seen by both; one through a NAT gateway
 * by the gateway's, too, on both of its sides. An interface's own side always has its private address.
 */
import { type ConnectionDelta, type DirectionDelta, TCP_FLAG } from './connection-accounts.ts';
import type { FlowDirection } from './firewall-log.ts';
import type { FlowInterface, FlowInterfaces } from './flow-interface.ts';
import type { DroppedPacket, FlowCounters } from './flow-observation.ts';

export interface FlowPart extends FlowCounters {
  readonly eniId: string;
  readonly direction: FlowDirection;
  readonly action: 'ACCEPT' | 'REJECT';
  readonly protocol: number;
  readonly srcaddr: string;
  readonly srcport: number;
  readonly dstaddr: string;
  readonly dstport: number;
  /** As the packet has them; they differ behind a NAT gateway. */
  readonly pktSrcaddr: string;
  readonly pktDstaddr: string;
  readonly tcpFlags: number;
  /** Of its first and last packet, as near as it is known; epoch milliseconds. */
  readonly start: number;
  readonly end: number;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What the interfaces saw of a connection between two moments. */
export function partsOfConnection(
  delta: ConnectionDelta,
  faces: FlowInterfaces,
  span: { readonly from: number; readonly to: number },
): FlowPart[] {
  const { original, reply, startedAt, endedAt } = delta;
  const start = Math.max(startedAt, span.from);
  const time = { protocol: delta.protocol, start, end: Math.max(start, endedAt ?? span.to) };
  const client = faces.byAddress(original.sourceAddress, startedAt);
  const server = faces.byAddress(reply.sourceAddress, startedAt);
  const isTranslated = reply.destinationAddress !== original.sourceAddress;
  const nat = isTranslated ? faces.byNatAddress(reply.destinationAddress, startedAt) : undefined;
  const sender = { address: original.sourceAddress, port: original.sourcePort };
  const target = { address: original.destinationAddress, port: original.destinationPort };
  // The two ends as the receiver sees them.
  const peer = { address: reply.destinationAddress, port: reply.destinationPort };
  const receiver = { address: reply.sourceAddress, port: reply.sourcePort };
  const seen = [
    client && [
      part(client, 'egress', { from: sender, to: target, count: original, time }),
      part(client, 'ingress', { from: target, to: sender, count: reply, time }),
    ],
    nat && natParts(nat, { sender, target, port: peer.port }, { original, reply, time }),
    server && [
      part(server, 'ingress', { from: peer, to: receiver, count: original, time }),
      part(server, 'egress', { from: receiver, to: peer, count: reply, time }),
    ],
  ];
  return seen.flatMap((each) => each ?? []).filter(({ packets }) => packets > 0);
}

/** What the interfaces saw of a packet that was dropped. */
export function partsOfDropped(packet: DroppedPacket, faces: FlowInterfaces): FlowPart[] {
  const { reason, protocol, at } = packet;
  const from = { address: packet.sourceAddress, port: packet.sourcePort };
  const to = { address: packet.destinationAddress, port: packet.destinationPort };
  const count = { packets: 1, bytes: packet.bytes, tcpFlags: flagsOf(packet.tcpFlags) };
  const flow = { from, to, count, time: { protocol, start: at, end: at } };
  const sender = faces.byAddress(from.address, at);
  const isEgressDenied = reason.type === 'denied' && reason.direction === 'egress';
  // It left the sender's interface, unless that one refused it.
  const sent = sender === undefined || isEgressDenied ? [] : [part(sender, 'egress', flow)];
  const denying = reason.type === 'denied' ? faces.get(reason.eniId) : undefined;
  if (denying === undefined || reason.type !== 'denied') return sent;
  return [...sent, { ...part(denying, reason.direction, flow), action: 'REJECT' }];
}

interface Flow {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly count: FlowCounters & { readonly tcpFlags: number };
  readonly time: { readonly protocol: number; readonly start: number; readonly end: number };
}

function part(face: FlowInterface, direction: FlowDirection, { from, to, count, time }: Flow): FlowPart {
  const own = face.privateIpv4Address;
  return {
    ...time,
    ...{ eniId: face.eniId, direction, action: 'ACCEPT' },
    ...{ srcaddr: direction === 'egress' ? own : from.address, srcport: from.port },
    ...{ dstaddr: direction === 'ingress' ? own : to.address, dstport: to.port },
    ...{ pktSrcaddr: from.address, pktDstaddr: to.address },
    ...{ packets: count.packets, bytes: count.bytes, tcpFlags: count.tcpFlags },
  };
}

/** `port`: the sender's beyond the gateway. */
function natParts(
  nat: FlowInterface,
  { sender, target, port }: { sender: Endpoint; target: Endpoint; port: number },
  { original, reply, time }: { original: DirectionDelta; reply: DirectionDelta; time: Flow['time'] },
): FlowPart[] {
  const gateway = { address: nat.privateIpv4Address, port };
  return [
    part(nat, 'ingress', { from: sender, to: target, count: original, time }),
    part(nat, 'egress', { from: gateway, to: target, count: original, time }),
    part(nat, 'ingress', { from: target, to: gateway, count: reply, time }),
    part(nat, 'egress', { from: target, to: sender, count: reply, time }),
  ];
}

/** TCP's flags of a packet as flow logs have them: an ACK only together with SYN. */
function flagsOf(bits: number): number {
  const isSynAck = (bits & TCP_FLAG.SYN_ACK) === TCP_FLAG.SYN_ACK;
  return (bits & (TCP_FLAG.FIN | TCP_FLAG.SYN | TCP_FLAG.RST)) | (isSynAck ? TCP_FLAG.SYN_ACK : 0);
}

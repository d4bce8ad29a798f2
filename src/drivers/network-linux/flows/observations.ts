/** What the kernel says of traffic, in the words of the domain. */
import { parseDropPrefix } from '../../../domain/network/flow-logs/firewall-log.ts';
import type {
  ConnectionLook,
  DroppedPacket,
  TcpLook,
} from '../../../domain/network/flow-logs/flow-observation.ts';
import {
  type ConntrackEntry,
  type ConntrackSide,
  TCP_CLOSED_FIRST,
} from '../../../linux/netlink/conntrack.ts';
import type { LoggedPacket } from '../../../linux/netlink/packet-log.ts';

/** By the kernel's numbers: NONE, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT … SYN_SENT2. */
const TCP_STATES: readonly TcpLook['state'][] = [
  'opening',
  'opening',
  'opening',
  'established',
  'half-closed',
  'half-closed',
  'closed',
  'closed',
  'reset',
  'opening',
];

export function toConnectionLook(entry: ConntrackEntry): ConnectionLook {
  const { original, reply, isEnd, startedAt, endedAt = startedAt } = entry;
  const { sourceAddress, sourcePort, destinationAddress, destinationPort } = original;
  return {
    type: 'connection',
    id: `${entry.id} ${entry.protocol} ${sourceAddress}:${sourcePort} ${destinationAddress}:${destinationPort}`,
    protocol: entry.protocol,
    original,
    reply,
    startedAt,
    ...(isEnd && { endedAt }),
    ...(entry.tcpState !== undefined && { tcp: tcpLook(entry.tcpState, original, reply) }),
  };
}

function tcpLook(state: number, original: ConntrackSide, reply: ConntrackSide): TcpLook {
  const look = { state: TCP_STATES[state] ?? 'opening' };
  if (look.state !== 'half-closed') return look;
  const closed = (side: ConntrackSide): boolean => ((side.tcpFlags ?? 0) & TCP_CLOSED_FIRST) !== 0;
  if (closed(original)) return { ...look, closedBy: 'original' };
  return closed(reply) ? { ...look, closedBy: 'reply' } : look;
}

/** Undefined for a packet that somebody else's rule logs. */
export function toDroppedPacket(packet: LoggedPacket, at: number): DroppedPacket | undefined {
  const { prefix, sequence: _, ...rest } = packet;
  const reason = parseDropPrefix(prefix);
  return reason && { ...rest, type: 'dropped', reason, at };
}

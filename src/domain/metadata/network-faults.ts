/** Faults of the network that a task can have injected into itself. */

export const FAULT_KINDS = ['network-blackhole-port', 'network-latency', 'network-packet-loss'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** What goes to a port, or comes to one, vanishes. */
export interface BlackHole {
  readonly kind: 'network-blackhole-port';
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly trafficType: 'ingress' | 'egress';
  /** Destinations that are left alone, as IPv4 networks. */
  readonly except: readonly string[];
}

/** Whose packets an impairment is for: of what the task sends. */
export interface ImpairedFlows {
  /** Destinations, as IPv4 networks. */
  readonly destinations: readonly string[];
  /** Destinations that are left alone all the same. */
  readonly except: readonly string[];
  /** How many of its flows, chosen by their addresses and ports; 1 to 100. */
  readonly flowsPercent: number;
}

export interface Latency extends ImpairedFlows {
  readonly kind: 'network-latency';
  readonly delayMs: number;
  readonly jitterMs: number;
}

export interface PacketLoss extends ImpairedFlows {
  readonly kind: 'network-packet-loss';
  /** 1 to 100. */
  readonly lossPercent: number;
}

export type NetworkFault = BlackHole | Latency | PacketLoss;

/** Tells faults of a task apart: of black holes there may be many, of the others one. */
export function faultName(fault: NetworkFault): string {
  if (fault.kind !== 'network-blackhole-port') return fault.kind;
  return `${fault.trafficType}-${fault.protocol}-${fault.port}`;
}

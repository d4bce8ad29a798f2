/** What a machine sees of the traffic in a VPC: its connections with their counters, and packets that it dropped. */
import type { DropReason } from './firewall-log.ts';

export interface FlowTuple {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
}

export interface FlowCounters {
  readonly packets: number;
  /** With IP headers. */
  readonly bytes: number;
}

/** A connection at a moment. Counters only grow; they may have grown by the time it ends. */
export interface ConnectionLook {
  readonly type: 'connection';
  /** Tells it from every other connection of the VPC. */
  readonly id: string;
  /** IP's number: 6, 17, 1 … */
  readonly protocol: number;
  /** As its first packet came from the sender. */
  readonly original: FlowTuple & FlowCounters;
  /** As answers come from the receiver: what lies between them and the original is address translation. */
  readonly reply: FlowTuple & FlowCounters;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** When it is over: nothing more comes of it. */
  readonly endedAt?: number;
  readonly tcp?: TcpLook;
}

export interface TcpLook {
  readonly state: 'opening' | 'established' | 'half-closed' | 'closed' | 'reset';
  /** Of a half-closed one: the side that sent FIN. */
  readonly closedBy?: 'original' | 'reply';
}

/** One packet that the firewall dropped. */
export interface DroppedPacket extends FlowTuple {
  readonly type: 'dropped';
  readonly reason: DropReason;
  readonly protocol: number;
  readonly bytes: number;
  /** FIN 1, SYN 2, RST 4, ACK 16; 0 for other protocols. */
  readonly tcpFlags: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Some of what happened could not be told: there was more than is kept. */
export interface LostObservations {
  readonly type: 'lost';
}

export type FlowObservation = ConnectionLook | DroppedPacket | LostObservations;

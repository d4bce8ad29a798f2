/**
 * The network of tasks on one machine. A VPC is a network namespace that routes; a task has a namespace of its own
 * with one interface, `eth1`, into its VPC. Names carry the VPC's or the task's id, so that a sweep can tell ours.
 * Every method may be repeated; `detach` and `removeVpc` work without (or after half of) their opposite.
 */
import type { Socket } from 'node:net';
import type { NetworkFigures } from '../domain/metadata/statistics.ts';
import type { FlowObservation } from '../domain/network/flow-logs/flow-observation.ts';
import type { EniSpec } from '../domain/task/assignment.ts';
import type { VpcPicture } from '../domain/network/vpc.ts';
import type { Dialer } from './dialer.ts';

export interface AttachedEni {
  readonly taskId: string;
  /** Path that an OCI spec names as the container's network namespace. */
  readonly namespacePath: string;
}

/** Of a task's interface, as the task sees them. */
export type InterfaceCounters = NetworkFigures;

/** Someone who wants to know of a VPC's traffic. */
export interface FlowWatch {
  /**
   * Looks at all connections there are: each has been told when this resolves. Rejects when it cannot; another look
   * may then do.
   */
  look(): Promise<void>;
}

export interface TaskNetwork {
  /**
   * Makes the VPC, and makes it what the picture says: routes, groups, the interfaces that are not of this machine's
   * tasks. Connections that were allowed go on. `invalid` when the range is to be reached from the host and clashes
   * with one of its routes.
   */
  applyVpc(vpc: VpcPicture): Promise<void>;
  /** Removes a VPC without ENIs; `failed-precondition` while it has some. */
  removeVpc(vpcId: string): Promise<void>;
  /** The VPCs that exist on the machine, ours only. */
  listVpcs(): Promise<string[]>;
  /**
   * Makes the task's namespace and its `eth1`: usable when this resolves. `not-found` before the VPC was applied,
   * `conflict` while another interface has the address.
   */
  attach(taskId: string, eni: EniSpec): Promise<AttachedEni>;
  /** Removes the task's interface and namespace. */
  detach(taskId: string): Promise<void>;
  /** Ids of the tasks that have a namespace, whole or half made. */
  listAttached(): Promise<string[]>;
  /** Counters of the task's `eth1`, seen from the task. `not-found` without it. */
  counters(taskId: string): Promise<InterfaceCounters>;
  /** Connects from inside the task's namespace, so that the traffic leaves by its ENI. */
  dialer(taskId: string): Dialer;
  /**
   * Listens on a TCP service address inside a VPC's namespace and hands over each connection.
   * The address is put on the namespace's `lo`. Lasts until the signal fires; repeated with the same
   * address and port it replaces the earlier listener.
   */
  serveInVpc(
    vpcId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * The same inside a task's namespace, where only the task itself can connect; the address goes with the namespace.
   * Ends with the task's interface, too. `not-found` without it.
   */
  serveInTask(
    taskId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** For UDP in a VPC: answers each datagram with what `onDatagram` resolves to (undefined: no answer). */
  serveDatagramsInVpc(
    vpcId: string,
    address: string,
    port: number,
    onDatagram: (message: Buffer, from: { address: string; port: number }) => Promise<Buffer | undefined>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Tells of the VPC's traffic until the signal fires: connections when they end and at every look, packets that
   * the firewall dropped. What overruns the kernel's buffers is told as lost. `not-found` without the VPC,
   * `failed-precondition` while somebody watches it. As long as nobody does, nothing is spent on it.
   */
  watchFlows(
    vpcId: string,
    onObservation: (observation: FlowObservation) => void,
    signal: AbortSignal,
  ): Promise<FlowWatch>;
  close(): Promise<void>;
}

/**
 * TaskNetwork by namespaces, veth pairs and rtnetlink. All state is the kernel's; what is kept here are handles
 * and what ends with the process (listeners, connections, spare namespaces). Attaching starts no process.
 */
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import type { FlowObservation } from '../../domain/network/flow-logs/flow-observation.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import { Namespaces } from '../../linux/namespace.ts';
import { parseIpv4, parsePrefix } from '../../linux/netlink/ipv4.ts';
import { findLink, setLinkUp } from '../../linux/netlink/links.ts';
import type { Within } from '../../linux/sockets.ts';
import { addAddress, addRoute, listAddresses } from '../../linux/netlink/routes.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { AttachedEni, FlowWatch, InterfaceCounters, TaskNetwork } from '../../ports/task-network.ts';
import { Connections } from './connections.ts';
import { Departures } from './departures.ts';
import { type DialerOptions, NamespaceDialer, resolveOnHost } from './dialer.ts';
import { watchFlows } from './flows/flow-watch.ts';
import { Names, TASK_INTERFACE, eniInterface } from './names.ts';
import { TaskListeners } from './task-listeners.ts';
import { type EmptyNamespace, NamespacePool, release } from './task-namespaces.ts';
import { TaskSockets } from './task-sockets.ts';
import { type OnDatagram, VpcListeners } from './vpc-listeners.ts';
import type { Vpc } from './vpc.ts';
import { Vpcs } from './vpcs.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const MTU = { least: 576, most: 65_535 };
const SPARE_NAMESPACES = 8;
const CONNECT_TIMEOUT_MS = 10_000;
const UPLINK_POOL = '169.254.192.0/20';
const PUBLIC_CIDR = '198.19.0.0/16';

export interface LinuxTaskNetworkOptions {
  /** Any text that tells this Neargate from others on the machine, for example its data directory. */
  readonly instance: string;
  /** Range of the addresses between VPCs and the host, at least a /24; default 169.254.192.0/20. */
  readonly uplinkPool?: string;
  /** Range of the public addresses of tasks and gateways; default 198.19.0.0/16. */
  readonly publicCidr?: string;
  /** The public addresses lead to this machine also from beyond it, where they are then seen. Default false. */
  readonly publicRouted?: boolean;
  /** IPv4 addresses of a name in a VPC, for task dialers; default: by the machine's own resolver. */
  readonly resolve?: (host: string, vpcId: string) => Promise<readonly string[]>;
  /** Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Namespaces kept ready for tasks to come; default 8. */
  readonly spareNamespaces?: number;
  /** Where namespaces are pinned; default /run/netns, so that `ip netns` shows them. */
  readonly namespaceDir?: string;
}

export class LinuxTaskNetwork implements TaskNetwork {
  readonly #names: Names;
  readonly #namespaces: Namespaces;
  readonly #sockets: TaskSockets;
  readonly #vpcs: Vpcs;
  readonly #spare: NamespacePool;
  readonly #dialerOptions: Omit<DialerOptions, 'resolve'>;
  readonly #resolve: (host: string, vpcId: string) => Promise<readonly string[]>;
  readonly #listeners: VpcListeners;
  readonly #taskListeners = new TaskListeners();
  readonly #connections = new Connections();
  readonly #departures = new Departures((vpcId) => this.#vpcs.find(vpcId));
  readonly #perTask = new KeyedSerial();
  readonly #life = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LinuxTaskNetworkOptions) {
    this.#names = new Names(options.instance);
    this.#namespaces = new Namespaces(options.namespaceDir);
    this.#namespaces.prepare();
    this.#sockets = new TaskSockets(this.#names, this.#namespaces);
    this.#vpcs = new Vpcs(this.#names, this.#namespaces, {
      uplinkPool: options.uplinkPool ?? UPLINK_POOL,
      publicCidr: options.publicCidr ?? PUBLIC_CIDR,
      publicRouted: options.publicRouted ?? false,
    });
    this.#listeners = new VpcListeners(this.#vpcs);
    this.#spare = new NamespacePool(this.#namespaces, options.spareNamespaces ?? SPARE_NAMESPACES);
    this.#resolve = options.resolve ?? resolveOnHost;
    this.#dialerOptions = {
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      host: (action) => action(),
    };
  }

  async applyVpc(vpc: VpcPicture): Promise<void> {
    await this.#vpcs.apply(vpc);
    this.#departures.seeAll(vpc.vpcId);
    this.#spare.refill();
  }

  async removeVpc(vpcId: string): Promise<void> {
    await this.#departures.waitAll(vpcId);
    await this.#vpcs.remove(vpcId, () => this.#listeners.closeAll(vpcId));
  }

  async listVpcs(): Promise<string[]> {
    return this.#vpcs.list();
  }

  async attach(taskId: string, eni: EniSpec): Promise<AttachedEni> {
    const name = this.#names.taskNamespace(taskId);
    checkEni(eni);
    await this.#perTask.run(taskId, async () => {
      if (this.#namespaces.exists(name)) {
        if (this.#isAttached(taskId, eni)) return;
        await this.#detach(taskId);
      }
      await this.#nextTurn();
      try {
        await this.#vpcs.inTurn(eni.vpc.vpcId, (vpc) => this.#attach(vpc, taskId, eni));
      } catch (error) {
        await this.#detach(taskId);
        throw error;
      }
    });
    return { taskId, namespacePath: this.#namespaces.path(name) };
  }

  async detach(taskId: string): Promise<void> {
    this.#names.taskNamespace(taskId);
    await this.#perTask.run(taskId, () => this.#detach(taskId));
  }

  async listAttached(): Promise<string[]> {
    const ids = this.#namespaces.list(this.#names.taskPrefix).map((name) => this.#names.taskIdOf(name));
    return ids.filter((id) => id !== undefined);
  }

  async counters(taskId: string): Promise<InterfaceCounters> {
    const link = findLink(this.#sockets.of(taskId), TASK_INTERFACE);
    if (link === undefined) throw new AppError('not-found', `task ${taskId} has no network interface`);
    return link.statistics;
  }

  /** The private address of a task here that has this public one. */
  privateAddressOf(vpcId: string, publicAddress: string): string | undefined {
    const enis = this.#vpcs.find(vpcId)?.enis() ?? [];
    return enis.find(({ publicIpv4Address }) => publicIpv4Address === publicAddress)?.privateIpv4Address;
  }

  /** The public address of the task here that has this private one. */
  publicAddressOf(vpcId: string, privateAddress: string): string | undefined {
    const enis = this.#vpcs.find(vpcId)?.enis() ?? [];
    return enis.find(({ privateIpv4Address }) => privateIpv4Address === privateAddress)?.publicIpv4Address;
  }

  dialer(taskId: string): Dialer {
    const name = this.#names.taskNamespace(taskId);
    return new NamespaceDialer(
      (action) => this.#namespaces.insideNamed(name, action),
      { ...this.#dialerOptions, resolve: (host) => this.#resolveFor(taskId, host) },
      (socket) => this.#connections.add(taskId, socket),
    );
  }

  async serveInVpc(
    vpcId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#listeners.serve({ vpcId, address, port }, onConnection, signal);
  }

  async serveInTask(
    taskId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const name = this.#names.taskNamespace(taskId);
    const within: Within = (action) => this.#namespaces.insideNamed(name, action);
    await this.#taskListeners.serve({ taskId, address, port, within }, onConnection, signal);
  }

  async serveDatagramsInVpc(
    vpcId: string,
    address: string,
    port: number,
    onDatagram: OnDatagram,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#listeners.serveDatagrams({ vpcId, address, port }, onDatagram, signal);
  }

  async watchFlows(
    vpcId: string,
    onObservation: (observation: FlowObservation) => void,
    signal: AbortSignal,
  ): Promise<FlowWatch> {
    const end = AbortSignal.any([signal, this.#life.signal]);
    const { within } = this.#vpcs.get(vpcId);
    return await watchFlows({ within, onObservation, now: Date.now }, end);
  }

  /** Ends listeners and connections. Namespaces stay: tasks outlive the agent. */
  async close(): Promise<void> {
    this.#life.abort();
    await this.#perTask.idle();
    await this.#departures.idle();
    this.#spare.close();
    this.#listeners.closeAll();
    this.#taskListeners.closeAll();
    this.#connections.end();
    this.#sockets.closeAll();
    await this.#vpcs.close();
    this.#namespaces.close();
  }

  async #resolveFor(taskId: string, host: string): Promise<readonly string[]> {
    const vpc = this.#vpcs.findByInterface(eniInterface(taskId));
    if (vpc === undefined) throw new AppError('unavailable', `task ${taskId} has no network interface`);
    return await this.#resolve(host, vpc.vpcId);
  }

  async #attach(vpc: Vpc, taskId: string, eni: EniSpec): Promise<void> {
    await this.#departures.wait(vpc.vpcId, eniInterface(taskId));
    const empty = this.#spare.take();
    try {
      this.#sockets.close(taskId);
      this.#namespaces.pin(empty.namespace, this.#names.taskNamespace(taskId));
      const peer = { name: TASK_INTERFACE, mtu: eni.mtu, mac: eni.macAddress, namespace: empty.namespace };
      await this.#vpcs.enter(vpc, vpc.connect(eniInterface(taskId), peer, eni));
      bringUp(empty, eni);
      vpc.settle(eniInterface(taskId));
      empty.socket.settleLink(TASK_INTERFACE);
    } finally {
      release(empty);
    }
  }

  async #detach(taskId: string): Promise<void> {
    const own = eniInterface(taskId);
    const vpc = this.#vpcs.findByInterface(own);
    this.#connections.end(taskId);
    this.#taskListeners.closeAll(taskId);
    // First: without the interface nothing would tell what of the tables is its.
    if (vpc !== undefined) await this.#vpcs.inTurn(vpc.vpcId, (each) => this.#vpcs.leave(each, own));
    this.#sockets.close(taskId);
    this.#namespaces.unpin(this.#names.taskNamespace(taskId));
    if (vpc !== undefined) this.#departures.see(vpc.vpcId, own);
  }

  /** True when nothing is missing: then a repeated attach has nothing to do. */
  #isAttached(taskId: string, eni: EniSpec): boolean {
    if (!this.#vpcs.get(eni.vpc.vpcId).hasInterface(eniInterface(taskId))) return false;
    try {
      const socket = this.#sockets.of(taskId);
      const link = findLink(socket, TASK_INTERFACE);
      const address = parseIpv4(eni.privateIpv4Address);
      return (
        link?.mac === eni.macAddress.toLowerCase() &&
        link.up &&
        listAddresses(socket).some((each) => each.index === link.index && each.address === address)
      );
    } catch (error) {
      if (hasKind(error, 'not-found')) return false;
      throw error;
    }
  }

  /** Lets the event loop go round between two attachments: each takes some milliseconds of system calls. */
  async #nextTurn(): Promise<void> {
    this.#turn = this.#turn.then(() => setImmediate());
    await this.#turn;
  }
}

/** Gives `eth1` its address and routes, and brings it up. */
function bringUp({ socket }: EmptyNamespace, eni: EniSpec): void {
  const link = findLink(socket, TASK_INTERFACE);
  if (link === undefined) throw new AppError('internal', `${TASK_INTERFACE} vanished`);
  const gateway = parseIpv4(eni.gatewayIpv4Address);
  socket.request(
    setLinkUp(link.index),
    addAddress(link.index, parseIpv4(eni.privateIpv4Address), parsePrefix(eni.subnetCidr).length),
    addRoute({ destination: { address: 0, length: 0 }, index: link.index, gateway }),
  );
}

function checkEni(eni: EniSpec): void {
  parseIpv4(eni.privateIpv4Address);
  parseIpv4(eni.gatewayIpv4Address);
  parsePrefix(eni.subnetCidr);
  if (!MAC.test(eni.macAddress.toLowerCase())) {
    throw new AppError('invalid', `not a MAC address: ${eni.macAddress}`);
  }
  if (!Number.isInteger(eni.mtu) || eni.mtu < MTU.least || eni.mtu > MTU.most) {
    throw new AppError('invalid', `not an MTU: ${eni.mtu}`);
  }
}

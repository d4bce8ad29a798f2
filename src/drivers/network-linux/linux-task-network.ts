/**
 * TaskNetwork by namespaces, veth pairs and rtnetlink. All state is the kernel's; what is kept here are handles
 * and what ends with the process (listeners, connections, spare namespaces). Attaching starts no process.
 */
import type { Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { AppError, hasKind } from '../../domain/errors.ts';
import type { VpcSpec } from '../../domain/network/vpc.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import { Namespaces } from '../../linux/namespace.ts';
import { parseIpv4, parsePrefix } from '../../linux/netlink/ipv4.ts';
import { findLink, setLinkUp } from '../../linux/netlink/links.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import { addAddress, addRoute, listAddresses } from '../../linux/netlink/routes.ts';
import { KeyedSerial } from '../../linux/serial.ts';
import { bindUdp, listenTcp } from '../../linux/sockets.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { AttachedEni, InterfaceCounters, TaskNetwork } from '../../ports/task-network.ts';
import { type DialerOptions, NamespaceDialer, type Resolve, resolveOnHost } from './dialer.ts';
import { Host } from './host.ts';
import { Listeners } from './listeners.ts';
import { Names, TASK_INTERFACE, eniInterface } from './names.ts';
import { type EmptyNamespace, NamespacePool, release } from './task-namespaces.ts';
import { Vpc } from './vpc.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
const MTU_RANGE = [576, 65535] as const;
const SPARE_NAMESPACES = 8;
const CONNECT_TIMEOUT_MS = 10_000;
const UPLINK_POOL = '169.254.192.0/20';
/** A namespace ends within some milliseconds of its last user; after this long the interface goes by force. */
const PATIENCE_MS = 500;

export interface LinuxTaskNetworkOptions {
  /** Any text that tells this Neargate from others on the machine, for example its data directory. */
  readonly instance: string;
  /** Range of the addresses between VPCs and the host, at least a /24; default 169.254.192.0/20. */
  readonly uplinkPool?: string;
  /** Names that task dialers take for service addresses of the VPC. */
  readonly serviceAddresses?: Readonly<Record<string, string>>;
  /** IPv4 addresses of other names; default: the machine's resolver. */
  readonly resolve?: Resolve;
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
  readonly #host: Host;
  readonly #pool: NamespacePool;
  readonly #dialerOptions: DialerOptions;
  readonly #vpcs = new Map<string, Vpc>();
  /** Each VPC's specification as it was last made sure of. */
  readonly #ensured = new Map<string, string>();
  readonly #listeners = new Listeners();
  readonly #connections = new Map<string, Set<Socket>>();
  readonly #serial = new KeyedSerial();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LinuxTaskNetworkOptions) {
    this.#names = new Names(options.instance);
    this.#namespaces = new Namespaces(options.namespaceDir);
    this.#namespaces.prepare();
    this.#host = new Host(this.#names, options.uplinkPool ?? UPLINK_POOL);
    this.#pool = new NamespacePool(this.#namespaces, options.spareNamespaces ?? SPARE_NAMESPACES);
    const services = Object.entries(options.serviceAddresses ?? {});
    this.#dialerOptions = {
      serviceAddresses: new Map(services.map(([name, address]) => [name.toLowerCase(), address])),
      resolve: options.resolve ?? resolveOnHost,
      connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      host: (action) => action(),
    };
  }

  async ensureVpc(spec: VpcSpec): Promise<void> {
    await this.#serial.run(`vpc ${spec.vpcId}`, () => this.#ensureVpc(spec));
  }

  async removeVpc(vpcId: string): Promise<void> {
    const name = this.#names.vpcNamespace(vpcId);
    await this.#serial.run(`vpc ${vpcId}`, async () => {
      if (this.#findVpc(vpcId)?.inUse() === true) {
        throw new AppError('failed-precondition', `${vpcId} still has network interfaces`);
      }
      this.#listeners.closeAll(vpcId);
      this.#dropVpc(vpcId);
      await this.#host.removeUplink(vpcId);
      this.#namespaces.unpin(name);
    });
    // Behind every VPC that is being made: it needs what goes with the last one.
    await this.#serial.run('host', async () => {
      if ((await this.listVpcs()).length === 0) await this.#host.removeTable();
    });
  }

  async listVpcs(): Promise<string[]> {
    const ids = this.#namespaces.list(this.#names.vpcPrefix).map((name) => this.#names.vpcIdOf(name));
    return ids.filter((id) => id !== undefined);
  }

  async attach(taskId: string, eni: EniSpec): Promise<AttachedEni> {
    const name = this.#names.taskNamespace(taskId);
    checkEni(eni);
    await this.ensureVpc(eni.vpc);
    await this.#serial.run(`task ${taskId}`, async () => {
      if (this.#namespaces.list(name).includes(name)) {
        if (this.#isAttached(taskId, eni)) return;
        await this.#detach(taskId);
      }
      await this.#nextTurn();
      try {
        this.#attach(taskId, eni);
      } catch (error) {
        await this.#detach(taskId);
        throw error;
      }
    });
    return { taskId, namespacePath: this.#namespaces.path(name) };
  }

  async detach(taskId: string): Promise<void> {
    this.#names.taskNamespace(taskId);
    await this.#serial.run(`task ${taskId}`, () => this.#detach(taskId));
  }

  async listAttached(): Promise<string[]> {
    const ids = this.#namespaces.list(this.#names.taskPrefix).map((name) => this.#names.taskIdOf(name));
    return ids.filter((id) => id !== undefined);
  }

  async counters(taskId: string): Promise<InterfaceCounters> {
    const link = this.#insideTask(taskId, (socket) => findLink(socket, TASK_INTERFACE));
    if (link === undefined) throw new AppError('not-found', `task ${taskId} has no network interface`);
    return link.statistics;
  }

  dialer(taskId: string): Dialer {
    const name = this.#names.taskNamespace(taskId);
    return new NamespaceDialer(
      (action) => this.#namespaces.insideNamed(name, action),
      this.#dialerOptions,
      (socket) => this.#keepConnection(taskId, socket),
    );
  }

  async serveInVpc(
    vpcId: string,
    address: string,
    port: number,
    onConnection: (socket: Socket) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const vpc = this.#vpc(vpcId);
    const place = { vpcId, address, port, protocol: 'tcp' } as const;
    this.#listeners.replace(place);
    vpc.addServiceAddress(address);
    const server = await listenTcp(vpc.within, address, port, onConnection);
    this.#addListener({ ...place, close: () => void server.close() }, signal);
  }

  async serveDatagramsInVpc(
    vpcId: string,
    address: string,
    port: number,
    onDatagram: (message: Buffer, from: { address: string; port: number }) => Promise<Buffer | undefined>,
    signal: AbortSignal,
  ): Promise<void> {
    const vpc = this.#vpc(vpcId);
    const place = { vpcId, address, port, protocol: 'udp' } as const;
    this.#listeners.replace(place);
    vpc.addServiceAddress(address);
    const socket = await bindUdp(vpc.within, address, port);
    // An answer that cannot be sent is lost, as datagrams may be.
    socket.on('error', () => undefined);
    let open = true;
    socket.on('message', (message, from) => {
      void onDatagram(message, { address: from.address, port: from.port })
        .catch(() => undefined)
        .then((answer) => {
          if (answer !== undefined && open) socket.send(answer, from.port, from.address, () => undefined);
        });
    });
    const close = () => {
      open = false;
      socket.close();
    };
    this.#addListener({ ...place, close }, signal);
  }

  /** Ends listeners and connections. Namespaces stay: tasks outlive the agent. */
  async close(): Promise<void> {
    await this.#serial.idle();
    this.#pool.close();
    this.#listeners.closeAll();
    for (const taskId of [...this.#connections.keys()]) this.#endConnections(taskId);
    for (const vpcId of [...this.#vpcs.keys()]) this.#dropVpc(vpcId);
    this.#host.close();
    this.#namespaces.close();
  }

  async #ensureVpc(spec: VpcSpec): Promise<void> {
    const wanted = JSON.stringify([spec.cidr, spec.routedFromHost]);
    const present = this.#namespaces.isPinned(this.#names.vpcNamespace(spec.vpcId));
    if (present && this.#ensured.get(spec.vpcId) === wanted) return;
    this.#dropVpc(spec.vpcId);
    const context = { names: this.#names, namespaces: this.#namespaces, host: this.#host };
    const vpc = await this.#serial.run('host', () => Vpc.ensure(spec, context));
    this.#vpcs.set(spec.vpcId, vpc);
    this.#ensured.set(spec.vpcId, wanted);
    this.#pool.refill();
  }

  #attach(taskId: string, eni: EniSpec): void {
    const empty = this.#pool.take();
    try {
      this.#namespaces.pin(empty.namespace, this.#names.taskNamespace(taskId));
      const peer = { name: TASK_INTERFACE, mtu: eni.mtu, mac: eni.macAddress, namespace: empty.namespace };
      this.#vpc(eni.vpc.vpcId).connect(eniInterface(taskId), peer, eni);
      bringUp(empty, eni);
    } finally {
      release(empty);
    }
  }

  async #detach(taskId: string): Promise<void> {
    const own = eniInterface(taskId);
    const vpcs = (await this.listVpcs()).map((vpcId) => this.#findVpc(vpcId));
    const vpc = vpcs.find((each) => each?.hasInterface(own));
    this.#endConnections(taskId);
    this.#namespaces.unpin(this.#names.taskNamespace(taskId));
    if (vpc === undefined) return;
    // The kernel removes the pair with the namespace, many at a time: much faster than one by one.
    let waited = 0;
    for (let pause = 2; waited < PATIENCE_MS; pause = Math.min(pause * 1.5, 50)) {
      await setTimeout(pause);
      waited += pause;
      if (!vpc.hasInterface(own)) return;
    }
    await vpc.removeInterface(own);
  }

  /** True when nothing is missing: then a repeated attach has nothing to do. */
  #isAttached(taskId: string, eni: EniSpec): boolean {
    if (!this.#vpc(eni.vpc.vpcId).hasInterface(eniInterface(taskId))) return false;
    try {
      return this.#insideTask(taskId, (socket) => {
        const link = findLink(socket, TASK_INTERFACE);
        const address = parseIpv4(eni.privateIpv4Address);
        return (
          link?.mac === eni.macAddress.toLowerCase() &&
          link.up &&
          listAddresses(socket).some((each) => each.index === link.index && each.address === address)
        );
      });
    } catch (error) {
      if (hasKind(error, 'not-found')) return false;
      throw error;
    }
  }

  #insideTask<T>(taskId: string, action: (socket: RouteSocket) => T): T {
    const socket = this.#namespaces.insideNamed(this.#names.taskNamespace(taskId), () => new RouteSocket());
    try {
      return action(socket);
    } finally {
      socket.close();
    }
  }

  /** The handle on a VPC; `not-found` when it does not exist. */
  #vpc(vpcId: string): Vpc {
    const vpc = this.#vpcs.get(vpcId) ?? Vpc.open(vpcId, this.#names, this.#namespaces);
    this.#vpcs.set(vpcId, vpc);
    return vpc;
  }

  #findVpc(vpcId: string): Vpc | undefined {
    try {
      return this.#vpc(vpcId);
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  #dropVpc(vpcId: string): void {
    this.#vpcs.get(vpcId)?.close();
    this.#vpcs.delete(vpcId);
    this.#ensured.delete(vpcId);
  }

  #addListener(listener: Parameters<Listeners['add']>[0], signal: AbortSignal): void {
    this.#listeners.add(listener);
    const end = () => {
      const addressIsFree = this.#listeners.remove(listener);
      if (addressIsFree) this.#findVpc(listener.vpcId)?.removeServiceAddress(listener.address);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  }

  #keepConnection(taskId: string, socket: Socket): void {
    const sockets = this.#connections.get(taskId) ?? new Set();
    this.#connections.set(taskId, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.#connections.get(taskId) === sockets) this.#connections.delete(taskId);
    });
  }

  /** An open connection would hold its namespace. */
  #endConnections(taskId: string): void {
    for (const socket of this.#connections.get(taskId) ?? []) socket.destroy();
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
  const [smallest, largest] = MTU_RANGE;
  if (!MAC.test(eni.macAddress.toLowerCase())) {
    throw new AppError('invalid', `not a MAC address: ${eni.macAddress}`);
  }
  if (!Number.isInteger(eni.mtu) || eni.mtu < smallest || eni.mtu > largest) {
    throw new AppError('invalid', `not an MTU: ${eni.mtu}`);
  }
}

/**
 * A VPC: a namespace that routes between its tasks, its uplink to the host, and the service addresses on its `lo`.
 * Everything is "make sure that": steps that were done before a crash are found done.
 */
import { closeSync } from 'node:fs';
import { AppError, type ErrorKind, hasKind } from '../../domain/errors.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import { gatewayAddress } from '../../domain/network/cidr.ts';
import type { VpcPicture, VpcSpec } from '../../domain/network/vpc.ts';
import { hasErrno } from '../../linux/errno.ts';
import type { Namespaces } from '../../linux/namespace.ts';
import { parseIpv4, parsePrefix } from '../../linux/netlink/ipv4.ts';
import {
  type VethEnd,
  deleteLink,
  findLink,
  listLinks,
  makeVeth,
  setLinkAlias,
  setLinkUp,
} from '../../linux/netlink/links.ts';
import { ConntrackSocket } from '../../linux/netlink/conntrack-socket.ts';
import { NfTablesSocket } from '../../linux/netlink/nf-tables.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import {
  addAddress,
  addNeighbour,
  addRoute,
  listAddresses,
  removeAddress,
  removeRoute,
} from '../../linux/netlink/routes.ts';
import { writeSysctl } from '../../linux/sysctl.ts';
import { describeEni, localEni, readEni } from './eni-alias.ts';
import type { LocalEni } from './eni-rules.ts';
import type { Host, Uplink } from './host.ts';
import { ENI_PREFIX, type Names, UPLINK, macFor } from './names.ts';
import { natGateways } from './route-rules.ts';
import { VpcFirewall } from './vpc-firewall.ts';
import { setVpcSysctls } from './vpc-sysctls.ts';

const LOOPBACK_INDEX = 1;
const ALL_ADDRESSES = { address: 0, length: 0 };

/** A handle on a VPC's namespace; it may be dropped and opened again at any time. */
export class Vpc {
  readonly vpcId: string;
  readonly #namespaces: Namespaces;
  readonly #name: string;
  /** Acts in the VPC's namespace. */
  readonly socket: RouteSocket;
  readonly #conntrack: ConntrackSocket;
  readonly #gateways = new Set<string>();
  /** Of a VPC that this process has made sure of. */
  #firewall: VpcFirewall | undefined;

  private constructor(vpcId: string, name: string, namespaces: Namespaces) {
    this.vpcId = vpcId;
    this.#name = name;
    this.#namespaces = namespaces;
    this.socket = namespaces.insideNamed(name, () => new RouteSocket());
    this.#conntrack = namespaces.insideNamed(name, () => new ConntrackSocket());
  }

  /** Opens a VPC that is there; `not-found` otherwise. */
  static open(vpcId: string, names: Names, namespaces: Namespaces): Vpc {
    return new Vpc(vpcId, names.vpcNamespace(vpcId), namespaces);
  }

  /** Makes the VPC, or what is missing of it. */
  static async ensure(
    spec: VpcSpec,
    context: { names: Names; namespaces: Namespaces; host: Host },
  ): Promise<Vpc> {
    const { names, namespaces, host } = context;
    const name = names.vpcNamespace(spec.vpcId);
    parsePrefix(spec.cidr);
    if (spec.routedFromHost) host.checkRange(spec.vpcId, spec.cidr);
    // First of all, so that there is no moment without protection.
    const table = host.ensureTable();
    table.catch(() => undefined);
    ensureNamespace(name, namespaces);
    const vpc = new Vpc(spec.vpcId, name, namespaces);
    try {
      await table;
      const uplink = vpc.#setUp(spec, { names, host });
      vpc.#firewall = new VpcFirewall({
        within: vpc.within,
        uplink,
        socket: vpc.within(() => new NfTablesSocket()),
      });
      return vpc;
    } catch (error) {
      vpc.close();
      throw error;
    }
  }

  /** Runs an action in the VPC's namespace. */
  readonly within = <T>(action: () => T): T => this.#namespaces.insideNamed(this.#name, action);

  get picture(): VpcPicture | undefined {
    return this.#firewall?.picture;
  }

  /** Makes the tables what the picture says. */
  async apply(picture: VpcPicture): Promise<void> {
    if (this.#firewall === undefined)
      throw new AppError('internal', `${this.vpcId} has not been made sure of`);
    await this.#firewall.apply(picture, this.enis());
    for (const { cidr } of picture.subnets) this.#ensureGateway(gatewayAddress(cidr));
  }

  /** Lets an interface that is connected take part. `not-found` before a picture was applied. */
  async enter(eni: LocalEni): Promise<void> {
    if (this.picture === undefined) throw new AppError('not-found', `nothing is known of ${this.vpcId}`);
    if (this.#firewall?.add(eni) !== true) await this.apply(this.picture);
  }

  /** Takes an interface out of the tables: nothing that it sends passes any more. May be repeated. */
  async leave(name: string): Promise<LocalEni | undefined> {
    const link = findLink(this.socket, name);
    const eni = link === undefined ? undefined : readEni(link);
    if (eni === undefined) return undefined;
    if (this.picture !== undefined && this.#firewall?.remove(eni) !== true) {
      await this.#firewall?.apply(
        this.picture,
        this.enis().filter(({ index }) => index !== eni.index),
      );
    }
    return eni;
  }

  /**
   * Frees the address of an interface that has left: who gets it next inherits no connection. What remains has no word
   * of whose it is.
   */
  async forget({ index, privateIpv4Address }: LocalEni): Promise<void> {
    for (const side of ['original', 'reply'] as const) {
      await this.#conntrack.forget({ side, end: 'source', address: privateIpv4Address });
    }
    const destination = { address: parseIpv4(privateIpv4Address), length: 32 };
    ignore('not-found', () => this.socket.request(removeRoute({ destination, index })));
    ignore('not-found', () => this.socket.request(setLinkAlias(index, '')));
  }

  /** Of its interfaces here and of its NAT gateways. */
  publicAddresses(): Set<number> {
    const gateways = natGateways(this.picture?.subnets ?? []).map((target) => target.publicIpv4Address);
    const own = this.enis().flatMap(({ publicIpv4Address }) => publicIpv4Address ?? []);
    return new Set([...gateways, ...own].map(parseIpv4));
  }

  /**
   * Makes the VPC's end of a task's interface pair, and the way to it, and writes down whose it is. `conflict` while
   * the address is taken.
   */
  connect(own: string, peer: VethEnd, eni: EniSpec): LocalEni {
    this.#ensureGateway(eni.gatewayIpv4Address);
    this.socket.request(makeVeth({ name: own, mtu: eni.mtu }, peer));
    const link = findLink(this.socket, own);
    if (link === undefined) throw new AppError('internal', `interface ${own} vanished`);
    // Proxied answers would wait for up to a second. Interfaces do not take this over from `default`.
    this.within(() => writeSysctl(['net', 'ipv4', 'neigh', own, 'proxy_delay'], 0));
    const address = parseIpv4(eni.privateIpv4Address);
    try {
      this.socket.request(
        setLinkAlias(link.index, describeEni(eni)),
        addRoute({ destination: { address, length: 32 }, index: link.index }),
        addNeighbour(link.index, address, eni.macAddress),
      );
      return localEni(eni, link.index);
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
      throw new AppError('conflict', `${eni.privateIpv4Address} is in use in ${this.vpcId}`, {
        cause: error,
      });
    }
  }

  /** To be called when both ends are up: from then on nothing that is sent is lost. */
  settle(name: string): void {
    this.socket.settleLink(name);
  }

  /** The tasks' interfaces that are whole enough to say whose they are. */
  enis(): LocalEni[] {
    return listLinks(this.socket).flatMap((link) => {
      const eni = link.name.startsWith(ENI_PREFIX) ? readEni(link) : undefined;
      return eni === undefined ? [] : [eni];
    });
  }

  hasInterface(name: string): boolean {
    return findLink(this.socket, name) !== undefined;
  }

  /** Removes an interface by force; for one whose other namespace does not end. */
  async removeInterface(name: string): Promise<void> {
    const socket = this.within(() => new RouteSocket());
    try {
      await socket.requestOffThread(deleteLink(name));
    } catch (error) {
      if (!hasErrno(error, 'ENODEV')) throw error;
    } finally {
      socket.close();
    }
  }

  /** Interfaces that are nobody's: about to vanish, or left by a crash. */
  strays(): string[] {
    const links = listLinks(this.socket).filter((link) => link.name.startsWith(ENI_PREFIX));
    return links.filter((link) => readEni(link) === undefined).map((link) => link.name);
  }

  /** Puts a service address on `lo`. May be repeated. */
  addServiceAddress(address: string): void {
    ignore('already-exists', () => this.socket.request(addAddress(LOOPBACK_INDEX, parseIpv4(address), 32)));
  }

  removeServiceAddress(address: string): void {
    const own = { index: LOOPBACK_INDEX, address: parseIpv4(address), length: 32 };
    ignore('not-found', () => this.socket.request(removeAddress(own)));
  }

  /** Takes all addresses off `lo`, those of gateways among them: they come back with the picture. */
  clearServiceAddresses(): void {
    for (const each of listAddresses(this.socket)) {
      if (each.index !== LOOPBACK_INDEX || each.length !== 32) continue;
      ignore('not-found', () => this.socket.request(removeAddress(each)));
    }
  }

  /** Lets go of the namespace, which stays. */
  close(): void {
    this.#firewall?.close();
    this.#conntrack.close();
    this.socket.close();
  }

  #setUp(spec: VpcSpec, { names, host }: { names: Names; host: Host }): Uplink {
    this.within(setVpcSysctls);
    const uplink = findLink(this.socket, UPLINK) ?? this.#makeUplink(names.uplink(spec.vpcId), host.mtu());
    this.within(() => writeSysctl(['net', 'ipv4', 'conf', UPLINK, 'proxy_arp'], 0));
    const hostEnd = host.findUplink(spec.vpcId);
    if (hostEnd === undefined) throw new AppError('internal', `the uplink of ${spec.vpcId} has no host side`);
    const addresses = host.setUpUplink(hostEnd, spec);
    this.settle(UPLINK);
    ignore('already-exists', () => this.socket.request(addAddress(uplink.index, addresses.vpc, 31)));
    this.socket.request(
      setLinkUp(LOOPBACK_INDEX),
      // What no task has is nowhere, in particular not beyond the uplink.
      addRoute({ destination: parsePrefix(spec.cidr), type: 'blackhole', replace: true }),
      addRoute({ destination: ALL_ADDRESSES, index: uplink.index, gateway: addresses.host, replace: true }),
    );
    return { ...addresses, mtu: uplink.mtu };
  }

  #makeUplink(hostName: string, mtu: number) {
    // Fixed MAC addresses: the host's device manager would otherwise give its end another one a moment later.
    const hostEnd = { name: hostName, mtu, mac: macFor(hostName), namespace: this.#namespaces.home };
    this.socket.request(makeVeth({ name: UPLINK, mtu, mac: macFor(`${hostName} ${UPLINK}`) }, hostEnd));
    const uplink = findLink(this.socket, UPLINK);
    if (uplink === undefined) throw new AppError('internal', `the uplink of ${this.vpcId} vanished`);
    return uplink;
  }

  /** The subnet's gateway: on `lo`, so that it answers on every interface. */
  #ensureGateway(address: string): void {
    if (this.#gateways.has(address)) return;
    this.addServiceAddress(address);
    this.#gateways.add(address);
  }
}

function ensureNamespace(name: string, namespaces: Namespaces): void {
  if (namespaces.isPinned(name)) return;
  namespaces.unpin(name);
  const namespace = namespaces.create();
  try {
    namespaces.pin(namespace, name);
  } finally {
    closeSync(namespace);
  }
}

function ignore(kind: ErrorKind, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!hasKind(error, kind)) throw error;
  }
}

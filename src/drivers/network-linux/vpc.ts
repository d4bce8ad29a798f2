/**
 * A VPC: a namespace that routes between its tasks, its uplink to the host, and the service addresses on its `lo`.
 * Everything is "make sure that": steps that were done before a crash are found done.
 */
import { closeSync } from 'node:fs';
import { AppError, hasKind } from '../../domain/errors.ts';
import type { EniSpec } from '../../domain/task/assignment.ts';
import type { VpcSpec } from '../../domain/network/vpc.ts';
import { hasErrno } from '../../linux/errno.ts';
import type { Namespaces } from '../../linux/namespace.ts';
import { formatIpv4, parseIpv4, parsePrefix } from '../../linux/netlink/ipv4.ts';
import {
  type VethEnd,
  deleteLink,
  findLink,
  listLinks,
  makeVeth,
  setLinkUp,
} from '../../linux/netlink/links.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import { addAddress, addNeighbour, addRoute, removeAddress } from '../../linux/netlink/routes.ts';
import { type SysctlName, writeSysctl } from '../../linux/sysctl.ts';
import { loadRules, vpcRules } from './firewall.ts';
import type { Host } from './host.ts';
import { ENI_PREFIX, type Names, UPLINK, macFor } from './names.ts';

const LOOPBACK_INDEX = 1;
const ALL_ADDRESSES = { address: 0, length: 0 };
const ipv4 = (scope: string, name: string): SysctlName => ['net', 'ipv4', 'conf', scope, name];

/**
 * `default` is what interfaces get that come later: those of tasks. proxy_arp answers for the other tasks of a
 * subnet (not for addresses that nobody has: they end in the blackhole route); a strict reverse path means that a
 * task can send only from its own address.
 */
const SETTINGS: readonly (readonly [SysctlName, number])[] = [
  [['net', 'ipv4', 'ip_forward'], 1],
  ...['all', 'default'].flatMap((scope): [SysctlName, number][] => [
    [ipv4(scope, 'rp_filter'), 1],
    [ipv4(scope, 'accept_redirects'), 0],
    [ipv4(scope, 'send_redirects'), 0],
    [ipv4(scope, 'accept_source_route'), 0],
    [['net', 'ipv6', 'conf', scope, 'disable_ipv6'], 1],
  ]),
  [ipv4('default', 'proxy_arp'), 1],
];

/** A handle on a VPC's namespace; it may be dropped and opened again at any time. */
export class Vpc {
  readonly vpcId: string;
  readonly #namespaces: Namespaces;
  readonly #name: string;
  /** Acts in the VPC's namespace. */
  readonly socket: RouteSocket;
  readonly #gateways = new Set<string>();

  private constructor(vpcId: string, name: string, namespaces: Namespaces) {
    this.vpcId = vpcId;
    this.#name = name;
    this.#namespaces = namespaces;
    this.socket = namespaces.insideNamed(name, () => new RouteSocket());
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
      const address = vpc.#setUp(spec, { names, host });
      await loadRules(vpcRules(spec.cidr, address), namespaces.path(name));
      return vpc;
    } catch (error) {
      vpc.close();
      throw error;
    }
  }

  /** Runs an action in the VPC's namespace. */
  readonly within = <T>(action: () => T): T => this.#namespaces.insideNamed(this.#name, action);

  /** Makes the VPC's end of a task's interface pair, and the way to it. `conflict` while the address is taken. */
  connect(own: string, peer: VethEnd, eni: EniSpec): void {
    this.#ensureGateway(eni.gatewayIpv4Address);
    this.socket.request(makeVeth({ name: own, mtu: eni.mtu }, peer));
    const link = findLink(this.socket, own);
    if (link === undefined) throw new AppError('internal', `interface ${own} vanished`);
    // Proxied answers would wait for up to a second. Interfaces do not take this over from `default`.
    this.within(() => writeSysctl(['net', 'ipv4', 'neigh', own, 'proxy_delay'], 0));
    const address = parseIpv4(eni.privateIpv4Address);
    try {
      this.socket.request(
        addRoute({ destination: { address, length: 32 }, index: link.index }),
        addNeighbour(link.index, address, eni.macAddress),
      );
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

  /** True while tasks are attached. */
  inUse(): boolean {
    return listLinks(this.socket).some((link) => link.name.startsWith(ENI_PREFIX));
  }

  /** Puts a service address on `lo`. May be repeated. */
  addServiceAddress(address: string): void {
    ignoreExisting(() => this.socket.request(addAddress(LOOPBACK_INDEX, parseIpv4(address), 32)));
  }

  removeServiceAddress(address: string): void {
    try {
      this.socket.request(removeAddress({ index: LOOPBACK_INDEX, address: parseIpv4(address), length: 32 }));
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }

  /** Lets go of the namespace, which stays. */
  close(): void {
    this.socket.close();
  }

  /** Resolves with the VPC's address on the uplink. */
  #setUp(spec: VpcSpec, { names, host }: { names: Names; host: Host }): string {
    this.within(() => {
      for (const [name, value] of SETTINGS) writeSysctl(name, value);
    });
    const uplink = findLink(this.socket, UPLINK) ?? this.#makeUplink(names.uplink(spec.vpcId), host.mtu());
    this.within(() => writeSysctl(ipv4(UPLINK, 'proxy_arp'), 0));
    const hostEnd = host.findUplink(spec.vpcId);
    if (hostEnd === undefined) throw new AppError('internal', `the uplink of ${spec.vpcId} has no host side`);
    const addresses = host.setUpUplink(hostEnd, spec);
    this.settle(UPLINK);
    ignoreExisting(() => this.socket.request(addAddress(uplink.index, addresses.vpc, 31)));
    this.socket.request(
      setLinkUp(LOOPBACK_INDEX),
      // What no task has is nowhere, in particular not beyond the uplink.
      addRoute({ destination: parsePrefix(spec.cidr), type: 'blackhole', replace: true }),
      addRoute({ destination: ALL_ADDRESSES, index: uplink.index, gateway: addresses.host, replace: true }),
    );
    return formatIpv4(addresses.vpc);
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

function ignoreExisting(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!hasKind(error, 'already-exists')) throw error;
  }
}

/**
 * The machine's own side: its end of every uplink, the routes to VPCs, forwarding, and our table in its firewall.
 * What exists is always read from the kernel, so restarts and several processes agree.
 */
import { AppError, hasKind } from '../../domain/errors.ts';
import { hasErrno } from '../../linux/errno.ts';
import { type Prefix, formatIpv4, formatPrefix, overlap, parsePrefix } from '../../linux/netlink/ipv4.ts';
import { type Link, deleteLink, findLink, listLinks, setLinkUp } from '../../linux/netlink/links.ts';
import { ConntrackSocket } from '../../linux/netlink/conntrack-socket.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import {
  type Route,
  addAddress,
  addRoute,
  listAddresses,
  listRoutes,
  removeAddress,
  removeRoute,
} from '../../linux/netlink/routes.ts';
import { writeSysctl } from '../../linux/sysctl.ts';
import { type HostTable, hostRules, loadRules, removeHostTable } from './firewall.ts';
import { Forwarding } from './forwarding.ts';
import type { Names } from './names.ts';

const UNICAST = 1;
const LOCAL_TABLE = 255;
const UPLINK_BITS = 31;
const ADDRESS_BITS = 32;
const SMALLEST_MTU = 1280;
const DEFAULT_MTU = 1500;

/** The two ends of an uplink. */
export interface UplinkAddresses {
  readonly host: number;
  readonly vpc: number;
}

/** What a VPC's namespace has to know of its uplink. */
export interface Uplink extends UplinkAddresses {
  readonly mtu: number;
}

export interface HostRanges {
  /** Of the addresses of uplinks. */
  readonly uplinkPool: string;
  /** Of the public addresses of tasks and gateways. */
  readonly publicCidr: string;
  /** The public addresses lead to this machine also from beyond it. */
  readonly publicRouted: boolean;
}

export class Host {
  readonly #names: Names;
  readonly #table: HostTable;
  readonly #pool: Prefix;
  readonly #socket = new RouteSocket();
  readonly #conntrack = new ConntrackSocket();
  readonly forwarding: Forwarding;
  /** One load of the rules at a time, and once is enough for a process. */
  #loading: Promise<void> | undefined;

  constructor(names: Names, { uplinkPool, publicCidr, publicRouted }: HostRanges) {
    this.#names = names;
    this.#table = {
      table: names.hostTable,
      uplinkPrefix: names.uplinkPrefix,
      publicCidr: formatPrefix(parsePrefix(publicCidr)),
      publicRouted,
    };
    this.forwarding = new Forwarding(names, this.#socket);
    this.#pool = parsePrefix(uplinkPool);
    if (this.#pool.length > 24)
      throw new AppError('invalid', `the uplinks' range ${uplinkPool} is too small`);
  }

  /** Throws `invalid` when a route of the machine's own overlaps the VPC's range. */
  checkRange(vpcId: string, cidr: string): void {
    const range = parsePrefix(cidr);
    const links = new Map(listLinks(this.#socket).map((link) => [link.index, link.name]));
    const clash = listRoutes(this.#socket).find(
      (route) =>
        route.table !== LOCAL_TABLE &&
        // Default routes, also when a VPN has halved them.
        route.destination.length > 1 &&
        overlap(route.destination, range) &&
        links.get(route.index ?? 0) !== this.#names.uplink(vpcId),
    );
    if (clash === undefined) return;
    const by =
      clash.index === undefined ? '' : ` through ${links.get(clash.index) ?? `interface ${clash.index}`}`;
    throw new AppError(
      'invalid',
      `the VPC's range ${cidr} clashes with this machine's route to ${formatPrefix(clash.destination)}${by}: ` +
        'choose another range for the VPC, or do not route it from the host',
      { details: { cidr, route: formatPrefix(clash.destination), vpcId } },
    );
  }

  /** MTU towards the internet: that of the default route's interface. */
  mtu(): number {
    const index = this.#defaultRoutes()[0]?.index;
    const link =
      index === undefined ? undefined : listLinks(this.#socket).find((each) => each.index === index);
    return Math.max(SMALLEST_MTU, link?.mtu ?? DEFAULT_MTU);
  }

  /** The host's end of a VPC's uplink, if it is there. */
  findUplink(vpcId: string): Link | undefined {
    return findLink(this.#socket, this.#names.uplink(vpcId));
  }

  /** Gives the host's end its address and settings, and the VPC a route if wanted. Repeating changes nothing. */
  setUpUplink(uplink: Link, vpc: { vpcId: string; cidr: string; routedFromHost: boolean }): UplinkAddresses {
    const addresses = this.#uplinkAddresses(uplink.index, vpc.vpcId);
    for (const [setting, value] of [
      ['forwarding', 1],
      ['rp_filter', 1],
      ['accept_redirects', 0],
      ['send_redirects', 0],
    ] as const) {
      writeSysctl(['net', 'ipv4', 'conf', uplink.name, setting], value);
    }
    writeSysctl(['net', 'ipv6', 'conf', uplink.name, 'disable_ipv6'], 1);
    this.#socket.request(setLinkUp(uplink.index));
    this.#socket.settleLink(uplink.name);
    const destination = parsePrefix(vpc.cidr);
    const route = { destination, index: uplink.index, gateway: addresses.vpc, source: addresses.host };
    if (vpc.routedFromHost) this.#socket.request(addRoute({ ...route, replace: true }));
    else if (this.#routesBy(uplink.index).some((each) => each.destination.length === destination.length)) {
      this.#socket.request(removeRoute(route));
    }
    return addresses;
  }

  /** Leads these public addresses, and no others, to a VPC; connections of others end. */
  async routePublic(vpcId: string, wanted: ReadonlySet<number>): Promise<void> {
    const { index } = this.#wayTo(vpcId);
    const present = this.#routesBy(index).filter(({ destination }) => destination.length === ADDRESS_BITS);
    for (const { destination } of present) {
      if (wanted.has(destination.address)) continue;
      this.removePublic(vpcId, destination.address);
      await this.forgetConnections(formatIpv4(destination.address));
    }
    for (const address of wanted) this.addPublic(vpcId, address);
  }

  /** Leads a public address to a VPC. May be repeated. `invalid` when it leads elsewhere than to a VPC of ours. */
  addPublic(vpcId: string, address: number): void {
    const route = { destination: { address, length: ADDRESS_BITS }, ...this.#wayTo(vpcId) };
    try {
      this.#socket.request(addRoute(route));
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
      this.#checkOwn(address);
      this.#socket.request(addRoute({ ...route, replace: true }));
    }
  }

  #checkOwn(address: number): void {
    const destination = formatPrefix({ address, length: ADDRESS_BITS });
    const links = new Map(listLinks(this.#socket).map((link) => [link.index, link.name]));
    for (const route of listRoutes(this.#socket)) {
      const by = links.get(route.index ?? 0) ?? 'nothing';
      const isIt = route.table !== LOCAL_TABLE && formatPrefix(route.destination) === destination;
      if (!isIt || by.startsWith(this.#names.uplinkPrefix)) continue;
      throw new AppError(
        'invalid',
        `the public address ${destination} is in use on this machine, through ${by}: ` +
          'choose another range with the setting publicCidr',
        { details: { address: destination, by } },
      );
    }
  }

  /** The opposite. May be repeated. */
  removePublic(vpcId: string, address: number): void {
    const destination = { address, length: ADDRESS_BITS };
    try {
      this.#socket.request(removeRoute({ destination, ...this.#wayTo(vpcId) }));
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }

  /** Ends what the machine still knows of connections from and to an address of a task that has gone. */
  async forgetConnections(address: string): Promise<void> {
    await this.#conntrack.forget({ side: 'original', end: 'source', address });
    await this.#conntrack.forget({ side: 'original', end: 'destination', address });
  }

  #wayTo(vpcId: string): { index: number; gateway: number } {
    const uplink = this.findUplink(vpcId);
    if (uplink === undefined) throw new AppError('not-found', `${vpcId} has no uplink`);
    return { index: uplink.index, gateway: this.#uplinkAddresses(uplink.index, vpcId).vpc };
  }

  /** Loads our table, once a process, and lets answers from outside through. */
  async ensureTable(): Promise<void> {
    this.#loading ??= loadRules(hostRules(this.#table));
    try {
      await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
    await this.forwarding.ensure();
  }

  /** Takes everything of ours off the machine; for when the last VPC has gone. May be repeated. */
  async removeTable(): Promise<void> {
    this.#loading = undefined;
    await this.forwarding.undo();
    await removeHostTable(this.#table.table);
  }

  /** Removes the host's end of a VPC's uplink, and with it the other end. May be repeated. */
  async removeUplink(vpcId: string): Promise<void> {
    const socket = new RouteSocket();
    try {
      await socket.requestOffThread(deleteLink(this.#names.uplink(vpcId)));
    } catch (error) {
      if (!hasErrno(error, 'ENODEV')) throw error;
    } finally {
      socket.close();
    }
  }

  close(): void {
    this.#conntrack.close();
    this.#socket.close();
  }

  #defaultRoutes(): Route[] {
    return listRoutes(this.#socket).filter(
      (route) => route.destination.length <= 1 && route.type === UNICAST && route.table !== LOCAL_TABLE,
    );
  }

  #routesBy(index: number): Route[] {
    return listRoutes(this.#socket).filter((route) => route.index === index && route.table !== LOCAL_TABLE);
  }

  /** The pair that the uplink has; or a free one, chosen by the VPC's id so that it tends to stay the same. */
  #uplinkAddresses(index: number, vpcId: string): UplinkAddresses {
    const own = () =>
      listAddresses(this.#socket).find((each) => each.index === index && this.#inPool(each.address));
    const present = own();
    if (present !== undefined) return { host: present.address, vpc: present.address + 1 };
    const count = 2 ** (UPLINK_BITS - this.#pool.length);
    const start = Number.parseInt(this.#names.uplink(vpcId).slice(-6), 16);
    for (let step = 0; step < count; step += 1) {
      const host = this.#pool.address + ((start + step) % count) * 2;
      if (this.#taken(index, host)) continue;
      this.#socket.request(addAddress(index, host, UPLINK_BITS));
      // Somebody else may have taken it in the same moment: then the interface that was there first keeps it.
      if (!this.#taken(index, host, index)) return { host, vpc: host + 1 };
      this.#socket.request(removeAddress({ index, address: host, length: UPLINK_BITS }));
    }
    throw new AppError('failed-precondition', `no free uplink address in ${formatPrefix(this.#pool)}`);
  }

  /** True when another interface (with a lower index than `before`) has one of the pair's addresses. */
  #taken(index: number, host: number, before = Number.POSITIVE_INFINITY): boolean {
    return listAddresses(this.#socket).some(
      (each) =>
        each.index !== index && each.index < before && (each.address === host || each.address === host + 1),
    );
  }

  #inPool(address: number): boolean {
    return overlap({ address, length: 32 }, this.#pool);
  }
}

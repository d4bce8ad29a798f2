/** Addresses, routes and neighbours (IPv4) by rtnetlink. */
import { type Prefix, ipv4Bytes } from './ipv4.ts';
import { macBytes } from './links.ts';
import {
  Attributes,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  type NetlinkRequest,
  decodeAttributes,
} from './message.ts';
import type { RouteSocket } from './route-socket.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;
const AF_INET = 2;
const ADDRESS_HEADER_BYTES = 8;
const ROUTE_HEADER_BYTES = 12;
const NUD_PERMANENT = 0x80;
const SCOPE_UNIVERSE = 0;
const SCOPE_LINK = 253;
const TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PREFSRC: 7, TABLE: 15 } as const;
const NDA = { DST: 1, LLADDR: 2 } as const;
const ROUTE_TYPES = { unicast: 1, blackhole: 6 } as const;

export interface InterfaceAddress {
  readonly index: number;
  readonly address: number;
  readonly length: number;
}

/** The request that gives an interface an address. `already-exists` when it has it. */
export function addAddress(index: number, address: number, length: number): NetlinkRequest {
  return addressRequest(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, { index, address, length });
}

/** The request that takes an address away. */
export function removeAddress(address: InterfaceAddress): NetlinkRequest {
  return addressRequest(RTM_DELADDR, 0, address);
}

function addressRequest(
  type: number,
  flags: number,
  { index, address, length }: InterfaceAddress,
): NetlinkRequest {
  const header = Buffer.alloc(ADDRESS_HEADER_BYTES);
  header.writeUInt8(AF_INET, 0);
  header.writeUInt8(length, 1);
  header.writeUInt8(SCOPE_UNIVERSE, 3);
  header.writeUInt32LE(index, 4);
  const attributes = new Attributes()
    .bytes(IFA.LOCAL, ipv4Bytes(address))
    .bytes(IFA.ADDRESS, ipv4Bytes(address));
  // Ranges of one or two addresses have no broadcast address.
  if (length < 31) attributes.bytes(IFA.BROADCAST, ipv4Bytes((address | (0xffffffff >>> length)) >>> 0));
  return { what: 'address', type, flags, header, attributes };
}

/** All IPv4 addresses of the socket's namespace. */
export function listAddresses(socket: RouteSocket): InterfaceAddress[] {
  const header = Buffer.alloc(ADDRESS_HEADER_BYTES);
  header.writeUInt8(AF_INET, 0);
  return socket
    .query({ what: 'addresses', type: RTM_GETADDR, flags: NLM_F_DUMP, header })
    .map(({ payload }) => {
      const attributes = decodeAttributes(payload.subarray(ADDRESS_HEADER_BYTES));
      const address = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS);
      return {
        index: payload.readUInt32LE(4),
        address: address?.readUInt32BE(0) ?? 0,
        length: payload.readUInt8(1),
      };
    });
}

export interface RouteRequest {
  readonly destination: Prefix;
  readonly type?: keyof typeof ROUTE_TYPES;
  readonly index?: number;
  readonly gateway?: number;
  /** The source address that the kernel picks for this route. */
  readonly source?: number;
  /** Takes the place of the same route; otherwise `already-exists`. */
  readonly replace?: boolean;
}

/** The request that adds a route to the main table. */
export function addRoute(route: RouteRequest): NetlinkRequest {
  const flags = NLM_F_CREATE | (route.replace === true ? NLM_F_REPLACE : NLM_F_EXCL);
  return routeRequest(RTM_NEWROUTE, flags, route);
}

/** The request that removes a route from the main table. */
export function removeRoute(route: RouteRequest): NetlinkRequest {
  return routeRequest(RTM_DELROUTE, 0, route);
}

function routeRequest(kind: number, flags: number, route: RouteRequest): NetlinkRequest {
  const header = Buffer.alloc(ROUTE_HEADER_BYTES);
  const direct = route.gateway === undefined && route.index !== undefined;
  header.writeUInt8(AF_INET, 0);
  header.writeUInt8(route.destination.length, 1);
  header.writeUInt8(TABLE_MAIN, 4);
  header.writeUInt8(RTPROT_STATIC, 5);
  header.writeUInt8(direct ? SCOPE_LINK : SCOPE_UNIVERSE, 6);
  header.writeUInt8(ROUTE_TYPES[route.type ?? 'unicast'], 7);
  const attributes = new Attributes();
  if (route.destination.length > 0) attributes.bytes(RTA.DST, ipv4Bytes(route.destination.address));
  if (route.gateway !== undefined) attributes.bytes(RTA.GATEWAY, ipv4Bytes(route.gateway));
  if (route.source !== undefined) attributes.bytes(RTA.PREFSRC, ipv4Bytes(route.source));
  if (route.index !== undefined) attributes.u32(RTA.OIF, route.index);
  return { what: 'route', type: kind, flags, header, attributes };
}

export interface Route {
  readonly destination: Prefix;
  readonly table: number;
  /** The kernel's number for unicast, local, broadcast, blackhole … */
  readonly type: number;
  readonly index: number | undefined;
}

/** All IPv4 routes of the socket's namespace, every table. */
export function listRoutes(socket: RouteSocket): Route[] {
  const header = Buffer.alloc(ROUTE_HEADER_BYTES);
  header.writeUInt8(AF_INET, 0);
  return socket
    .query({ what: 'routes', type: RTM_GETROUTE, flags: NLM_F_DUMP, header })
    .map(({ payload }) => {
      const attributes = decodeAttributes(payload.subarray(ROUTE_HEADER_BYTES));
      return {
        destination: { address: attributes.get(RTA.DST)?.readUInt32BE(0) ?? 0, length: payload.readUInt8(1) },
        table: attributes.get(RTA.TABLE)?.readUInt32LE(0) ?? payload.readUInt8(4),
        type: payload.readUInt8(7),
        index: attributes.get(RTA.OIF)?.readUInt32LE(0),
      };
    });
}

/** The request that fixes the MAC address of a neighbour, so that nobody needs to ask for it. */
export function addNeighbour(index: number, address: number, mac: string): NetlinkRequest {
  const header = Buffer.alloc(12);
  header.writeUInt8(AF_INET, 0);
  header.writeInt32LE(index, 4);
  header.writeUInt16LE(NUD_PERMANENT, 8);
  const attributes = new Attributes().bytes(NDA.DST, ipv4Bytes(address)).bytes(NDA.LLADDR, macBytes(mac));
  return { what: 'neighbour', type: RTM_NEWNEIGH, flags: NLM_F_CREATE | NLM_F_REPLACE, header, attributes };
}

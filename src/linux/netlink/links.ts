/** Network interfaces by rtnetlink: making veth pairs, changing, removing, reading. */
import { hasErrno } from '../errno.ts';
import {
  Attributes,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  type NetlinkReply,
  type NetlinkRequest,
  decodeAttributes,
  textOf,
} from './message.ts';
import type { RouteSocket } from './route-socket.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
const IFF_UP = 1;
const HEADER_BYTES = 16;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINKINFO: 18,
  IFALIAS: 20,
  STATS64: 23,
  NET_NS_FD: 28,
  NUM_TX_QUEUES: 31,
  NUM_RX_QUEUES: 32,
} as const;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;

/** One end of a veth pair. */
export interface VethEnd {
  /** At most 15 bytes. */
  readonly name: string;
  readonly mtu: number;
  /** `02:…`; the kernel picks one when absent. */
  readonly mac?: string;
  /** File descriptor of its namespace; the socket's own when absent. */
  readonly namespace?: number;
}

export interface LinkStatistics {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly mac: string;
  /** Free text that is kept with the interface; empty without one. */
  readonly alias: string;
  readonly statistics: LinkStatistics;
}

/** The request that makes a veth pair; its own end is up, the peer is down. `already-exists` when a name is taken. */
export function makeVeth(own: VethEnd, peer: VethEnd): NetlinkRequest {
  const info = new Attributes().nested(VETH_INFO_PEER, endAttributes(peer), linkHeader(0, false));
  const kind = new Attributes().text(IFLA_INFO_KIND, 'veth').nested(IFLA_INFO_DATA, info);
  return {
    what: `veth ${own.name}`,
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    header: linkHeader(0, true),
    attributes: endAttributes(own).nested(IFLA.LINKINFO, kind),
  };
}

/** The request that brings an interface up. */
export function setLinkUp(index: number): NetlinkRequest {
  return { what: `interface ${index} up`, type: RTM_SETLINK, flags: 0, header: linkHeader(index, true) };
}

/** The request that writes a text of at most 255 bytes onto an interface. */
export function setLinkAlias(index: number, alias: string): NetlinkRequest {
  return {
    what: `alias of interface ${index}`,
    type: RTM_SETLINK,
    flags: 0,
    header: linkHeader(index, false),
    attributes: new Attributes().bytes(IFLA.IFALIAS, Buffer.from(alias, 'latin1')),
  };
}

/** The request that removes an interface by name (a veth's other end goes with it). */
export function deleteLink(name: string): NetlinkRequest {
  const attributes = new Attributes().text(IFLA.IFNAME, name);
  return { what: `interface ${name}`, type: RTM_DELLINK, flags: 0, header: linkHeader(0, false), attributes };
}

/** An interface by name, or undefined. */
export function findLink(socket: RouteSocket, name: string): Link | undefined {
  const attributes = new Attributes().text(IFLA.IFNAME, name);
  const header = linkHeader(0, false);
  try {
    const [reply] = socket.query({
      what: `interface ${name}`,
      type: RTM_GETLINK,
      flags: 0,
      header,
      attributes,
    });
    return reply && decodeLink(reply);
  } catch (error) {
    if (hasErrno(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/** All interfaces of the socket's namespace. */
export function listLinks(socket: RouteSocket): Link[] {
  const header = linkHeader(0, false);
  return socket.query({ what: 'interfaces', type: RTM_GETLINK, flags: NLM_F_DUMP, header }).map(decodeLink);
}

function linkHeader(index: number, up: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(index, 4);
  if (up) {
    header.writeUInt32LE(IFF_UP, 8);
    header.writeUInt32LE(IFF_UP, 12);
  }
  return header;
}

function endAttributes(end: VethEnd): Attributes {
  const attributes = new Attributes()
    .text(IFLA.IFNAME, end.name)
    .u32(IFLA.MTU, end.mtu)
    // One queue: the kernel would make one for each processor, and veth uses none of them.
    .u32(IFLA.NUM_TX_QUEUES, 1)
    .u32(IFLA.NUM_RX_QUEUES, 1);
  if (end.mac !== undefined) attributes.bytes(IFLA.ADDRESS, macBytes(end.mac));
  if (end.namespace !== undefined) attributes.u32(IFLA.NET_NS_FD, end.namespace);
  return attributes;
}

/** `02:00:00:00:00:01` as bytes. */
export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function decodeLink(reply: NetlinkReply): Link {
  const attributes = decodeAttributes(reply.payload.subarray(HEADER_BYTES));
  const counters = attributes.get(IFLA.STATS64);
  const counter = (index: number) => Number(counters?.readBigUInt64LE(index * 8) ?? 0n);
  return {
    index: reply.payload.readInt32LE(4),
    up: (reply.payload.readUInt32LE(8) & IFF_UP) !== 0,
    name: textOf(attributes.get(IFLA.IFNAME) ?? Buffer.alloc(0)),
    mtu: attributes.get(IFLA.MTU)?.readUInt32LE(0) ?? 0,
    mac: [...(attributes.get(IFLA.ADDRESS) ?? [])]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join(':'),
    alias: textOf(attributes.get(IFLA.IFALIAS) ?? Buffer.alloc(0)),
    // The order of struct rtnl_link_stats64.
    statistics: {
      rxPackets: counter(0),
      txPackets: counter(1),
      rxBytes: counter(2),
      txBytes: counter(3),
      rxErrors: counter(4),
      txErrors: counter(5),
      rxDropped: counter(6),
      txDropped: counter(7),
    },
  };
}

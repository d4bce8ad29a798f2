/** The kernel's table of connections by ctnetlink: requests, and entries as they come. IPv4 only. */
import { formatIpv4 } from './ipv4.ts';
import {
  Attributes,
  NLA_F_NESTED,
  NLM_F_DUMP,
  type NetlinkReply,
  type NetlinkRequest,
  decodeAttributes,
} from './message.ts';

const SUBSYSTEM = 1;
const CT_NEW = (SUBSYSTEM << 8) | 0;
const CT_GET = (SUBSYSTEM << 8) | 1;
const CT_DELETE = (SUBSYSTEM << 8) | 2;
const AF_INET = 2;
/** `struct nfgenmsg`. */
const HEADER_BYTES = 4;
const CTA = {
  TUPLE_ORIGINAL: 1,
  TUPLE_REPLY: 2,
  PROTOINFO: 4,
  COUNTERS_ORIGINAL: 9,
  COUNTERS_REPLY: 10,
  ID: 12,
  ZONE: 18,
  TIMESTAMP: 20,
  FILTER: 25,
} as const;
const CTA_TUPLE = { IP: 1, PROTO: 2 } as const;
const CTA_IP = { SRC: 1, DST: 2 } as const;
const CTA_PROTO = { NUMBER: 1, SRC_PORT: 2, DST_PORT: 3 } as const;
const CTA_COUNTERS = { PACKETS: 1, BYTES: 2 } as const;
const CTA_PROTOINFO_TCP = 1;
const CTA_TCP = { STATE: 1, FLAGS_ORIGINAL: 4, FLAGS_REPLY: 5 } as const;
const CTA_FILTER = { original: 1, reply: 2 } as const;
const FILTER_FLAGS = { source: 1, destination: 2 } as const;
const CTA_TIMESTAMP = { START: 1, STOP: 2 } as const;
const NS_PER_MS = 1_000_000n;

/** Group of the ends of connections, as a bit. */
export const CONNTRACK_DESTROY_GROUP = 1 << 2;
/** In the flags of a side of TCP: it was the first to close. */
export const TCP_CLOSED_FIRST = 0x04;

export interface ConntrackSide {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly packets: number;
  readonly bytes: number;
  /** Of TCP, where the kernel tells. */
  readonly tcpFlags?: number;
}

export interface ConntrackEntry {
  readonly id: number;
  readonly protocol: number;
  readonly original: ConntrackSide;
  readonly reply: ConntrackSide;
  /** The kernel's number of TCP's state. */
  readonly tcpState?: number;
  /** Epoch milliseconds; 0 where the kernel was not told to keep them. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly isEnd: boolean;
}

/** Asks for all entries. */
export function allConnections(): NetlinkRequest {
  return { what: 'connections', type: CT_GET, flags: 0, header: header() };
}

/** An address where an entry may have it. The reply's source is the receiver, behind all translation. */
export interface ConnectionEnd {
  readonly side: 'original' | 'reply';
  readonly end: 'source' | 'destination';
  readonly address: string;
}

/** Deletes all entries that have an address at this end. EINVAL: the kernel deletes single ones only. */
export function flushAt(end: ConnectionEnd): NetlinkRequest {
  return { ...connectionsAt(end), type: CT_DELETE, flags: 0 };
}

/** Asks for the entries that have an address at this end. Kernels before 5.8 answer with all there are. */
export function connectionsAt({ side: which, end, address }: ConnectionEnd): NetlinkRequest {
  const ip = new Attributes().bytes(end === 'source' ? CTA_IP.SRC : CTA_IP.DST, addressBytes(address));
  const filter = new Attributes().u32(CTA_FILTER[which], FILTER_FLAGS[end]);
  const attributes = new Attributes()
    .nested(tupleOf(which), new Attributes().nested(CTA_TUPLE.IP, ip))
    .nested(CTA.FILTER, filter);
  const what = `connections of ${address}`;
  return { what, type: CT_GET, flags: NLM_F_DUMP, header: header(), attributes };
}

/** The request that deletes the entry that a message tells of; undefined when it has no such end. */
export function deletionAt(
  { side: which, end, address }: ConnectionEnd,
  { type, payload }: NetlinkReply,
): NetlinkRequest | undefined {
  if (type !== CT_NEW || payload[0] !== AF_INET) return undefined;
  const entry = decodeAttributes(payload.subarray(HEADER_BYTES));
  const ip = nested(nested(entry, tupleOf(which)), CTA_TUPLE.IP);
  const found = ip.get(end === 'source' ? CTA_IP.SRC : CTA_IP.DST);
  const tuple = entry.get(CTA.TUPLE_ORIGINAL);
  if (found === undefined || tuple === undefined || !addressBytes(address).equals(found)) return undefined;
  const attributes = new Attributes().bytes(CTA.TUPLE_ORIGINAL | NLA_F_NESTED, tuple);
  const zone = entry.get(CTA.ZONE);
  if (zone !== undefined) attributes.bytes(CTA.ZONE, zone);
  return { what: `a connection of ${address}`, type: CT_DELETE, flags: 0, header: header(), attributes };
}

/** Takes an entry out of the table. `not-found` when it is gone already. */
export function deleteConnection({ protocol, original }: ConntrackEntry): NetlinkRequest {
  const ip = new Attributes()
    .bytes(CTA_IP.SRC, addressBytes(original.sourceAddress))
    .bytes(CTA_IP.DST, addressBytes(original.destinationAddress));
  const proto = new Attributes()
    .bytes(CTA_PROTO.NUMBER, Buffer.of(protocol))
    .bytes(CTA_PROTO.SRC_PORT, portBytes(original.sourcePort))
    .bytes(CTA_PROTO.DST_PORT, portBytes(original.destinationPort));
  const tuple = new Attributes().nested(CTA_TUPLE.IP, ip).nested(CTA_TUPLE.PROTO, proto);
  const attributes = new Attributes().nested(CTA.TUPLE_ORIGINAL, tuple);
  return { what: 'a connection', type: CT_DELETE, flags: 0, header: header(), attributes };
}

/** The entry that a message tells of; undefined for other messages, and for entries without counters. */
export function decodeConnection({ type, payload }: NetlinkReply): ConntrackEntry | undefined {
  if ((type !== CT_NEW && type !== CT_DELETE) || payload[0] !== AF_INET) return undefined;
  const attributes = decodeAttributes(payload.subarray(HEADER_BYTES));
  const tcp = nested(nested(attributes, CTA.PROTOINFO), CTA_PROTOINFO_TCP);
  const original = side(attributes, CTA.TUPLE_ORIGINAL, CTA.COUNTERS_ORIGINAL);
  const reply = side(attributes, CTA.TUPLE_REPLY, CTA.COUNTERS_REPLY);
  if (original === undefined || reply === undefined) return undefined;
  const times = nested(attributes, CTA.TIMESTAMP);
  const endedAt = milliseconds(times.get(CTA_TIMESTAMP.STOP));
  const tcpState = tcp.get(CTA_TCP.STATE)?.[0];
  return {
    id: attributes.get(CTA.ID)?.readUInt32BE(0) ?? 0,
    protocol: original.protocol,
    original: { ...original.side, ...tcpFlags(tcp.get(CTA_TCP.FLAGS_ORIGINAL)) },
    reply: { ...reply.side, ...tcpFlags(tcp.get(CTA_TCP.FLAGS_REPLY)) },
    ...(tcpState !== undefined && { tcpState }),
    startedAt: milliseconds(times.get(CTA_TIMESTAMP.START)) ?? 0,
    ...(endedAt !== undefined && { endedAt }),
    isEnd: type === CT_DELETE,
  };
}

function side(attributes: ReadonlyMap<number, Buffer>, tupleType: number, countersType: number) {
  const tuple = nested(attributes, tupleType);
  const ip = nested(tuple, CTA_TUPLE.IP);
  const proto = nested(tuple, CTA_TUPLE.PROTO);
  const counters = nested(attributes, countersType);
  const [source, destination] = [ip.get(CTA_IP.SRC), ip.get(CTA_IP.DST)];
  const [packets, bytes] = [counters.get(CTA_COUNTERS.PACKETS), counters.get(CTA_COUNTERS.BYTES)];
  if (!source || !destination || !packets || !bytes) return undefined;
  return {
    protocol: proto.get(CTA_PROTO.NUMBER)?.[0] ?? 0,
    side: {
      sourceAddress: formatIpv4(source.readUInt32BE(0)),
      sourcePort: proto.get(CTA_PROTO.SRC_PORT)?.readUInt16BE(0) ?? 0,
      destinationAddress: formatIpv4(destination.readUInt32BE(0)),
      destinationPort: proto.get(CTA_PROTO.DST_PORT)?.readUInt16BE(0) ?? 0,
      packets: Number(packets.readBigUInt64BE(0)),
      bytes: Number(bytes.readBigUInt64BE(0)),
    },
  };
}

function nested(attributes: ReadonlyMap<number, Buffer>, type: number): Map<number, Buffer> {
  return decodeAttributes(attributes.get(type) ?? Buffer.alloc(0));
}

function tupleOf(which: ConnectionEnd['side']): number {
  return which === 'original' ? CTA.TUPLE_ORIGINAL : CTA.TUPLE_REPLY;
}

function tcpFlags(flags: Buffer | undefined): { tcpFlags?: number } {
  return flags === undefined ? {} : { tcpFlags: flags[0] ?? 0 };
}

function milliseconds(nanoseconds: Buffer | undefined): number | undefined {
  return nanoseconds && Number(nanoseconds.readBigUInt64BE(0) / NS_PER_MS);
}

function header(): Buffer {
  return Buffer.of(AF_INET, 0, 0, 0);
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function portBytes(port: number): Buffer {
  return Buffer.of(port >>> 8, port & 255);
}

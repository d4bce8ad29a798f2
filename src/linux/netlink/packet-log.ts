/** Packets that the firewall logs, by nfnetlink_log: the request that binds a group, and the packets as they come. */
import { formatIpv4 } from './ipv4.ts';
import { Attributes, type NetlinkReply, type NetlinkRequest, decodeAttributes, textOf } from './message.ts';

const SUBSYSTEM = 4;
const PACKET = (SUBSYSTEM << 8) | 0;
const CONFIG = (SUBSYSTEM << 8) | 1;
const AF_INET = 2;
const HEADER_BYTES = 4;
const NFULA_CFG = { CMD: 1, MODE: 2, TIMEOUT: 4, FLAGS: 6 } as const;
const CMD_BIND = 1;
const COPY_PACKET = 2;
const FLAG_SEQUENCE = 1;
const NFULA = { PAYLOAD: 9, PREFIX: 10, SEQUENCE: 12 } as const;
/** The kernel gathers packets for this long, in hundredths of a second. */
const GATHER = 10;
const PROTOCOL = { TCP: 6, UDP: 17 } as const;
const TCP_FLAGS_OFFSET = 13;

export interface LoggedPacket {
  /** As the rule has it. */
  readonly prefix: string;
  /** Counts the packets that were to be logged: a gap means that some were lost. */
  readonly sequence: number;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly protocol: number;
  /** Of the whole packet. */
  readonly bytes: number;
  /** The byte of TCP's header; 0 for other protocols. */
  readonly tcpFlags: number;
}

/** Makes the packets of a group come to the socket; `failed-precondition` while they go to another. */
export function bindPacketLog(group: number, snaplen: number): NetlinkRequest {
  const mode = Buffer.alloc(6);
  mode.writeUInt32BE(snaplen, 0);
  mode[4] = COPY_PACKET;
  const attributes = new Attributes()
    .bytes(NFULA_CFG.CMD, Buffer.of(CMD_BIND))
    .bytes(NFULA_CFG.MODE, mode)
    .bytes(NFULA_CFG.TIMEOUT, Buffer.of(0, 0, 0, GATHER))
    .bytes(NFULA_CFG.FLAGS, Buffer.of(0, FLAG_SEQUENCE));
  const header = Buffer.of(AF_INET, 0, group >>> 8, group & 255);
  return { what: `packet log ${group}`, type: CONFIG, flags: 0, header, attributes };
}

/** The packet that a message tells of; undefined for other messages, and for what is not IPv4. */
export function decodeLoggedPacket({ type, payload }: NetlinkReply): LoggedPacket | undefined {
  if (type !== PACKET) return undefined;
  const attributes = decodeAttributes(payload.subarray(HEADER_BYTES));
  const packet = attributes.get(NFULA.PAYLOAD);
  const headers = packet && decodeHeaders(packet);
  if (headers === undefined) return undefined;
  return {
    prefix: textOf(attributes.get(NFULA.PREFIX) ?? Buffer.alloc(0)),
    sequence: attributes.get(NFULA.SEQUENCE)?.readUInt32BE(0) ?? 0,
    ...headers,
  };
}

function decodeHeaders(packet: Buffer): Omit<LoggedPacket, 'prefix' | 'sequence'> | undefined {
  const version = (packet[0] ?? 0) >>> 4;
  if (version !== 4 || packet.length < 20) return undefined;
  const protocol = packet[9] ?? 0;
  // Of a fragment but the first there are no ports.
  const isWhole = (packet.readUInt16BE(6) & 0x1fff) === 0;
  const transport = packet.subarray(((packet[0] ?? 0) & 15) * 4);
  const hasPorts =
    isWhole && transport.length >= 4 && (protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP);
  return {
    sourceAddress: formatIpv4(packet.readUInt32BE(12)),
    sourcePort: hasPorts ? transport.readUInt16BE(0) : 0,
    destinationAddress: formatIpv4(packet.readUInt32BE(16)),
    destinationPort: hasPorts ? transport.readUInt16BE(2) : 0,
    protocol,
    bytes: packet.readUInt16BE(2),
    tcpFlags: hasPorts && protocol === PROTOCOL.TCP ? (transport[TCP_FLAGS_OFFSET] ?? 0) : 0,
  };
}

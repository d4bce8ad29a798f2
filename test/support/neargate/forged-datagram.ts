/** A UDP datagram with any source address, as a container with CAP_NET_RAW can send it. */
import { closeSync } from 'node:fs';
import { call } from '../../../src/linux/libc.ts';
import { parseIpv4 } from '../../../src/linux/netlink/ipv4.ts';
import type { Within } from '../../../src/linux/sockets.ts';

const AF_INET = 2;
const SOCK_RAW = 3;
/** The header is in what is sent; the kernel fills in its checksum and length. */
const IPPROTO_RAW = 255;
const IP_HEADER = 20;
const UDP_HEADER = 8;
const UDP = 17;

export interface Datagram {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly text: string;
}

export function sendForged(within: Within, { source, destination, port, text }: Datagram): void {
  const data = Buffer.from(text);
  const packet = Buffer.alloc(IP_HEADER + UDP_HEADER + data.length);
  packet[0] = 0x45;
  packet[8] = 64;
  packet[9] = UDP;
  packet.writeUInt32BE(parseIpv4(source), 12);
  packet.writeUInt32BE(parseIpv4(destination), 16);
  packet.writeUInt16BE(port, IP_HEADER);
  packet.writeUInt16BE(port, IP_HEADER + 2);
  packet.writeUInt16BE(UDP_HEADER + data.length, IP_HEADER + 4);
  data.copy(packet, IP_HEADER + UDP_HEADER);
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt32BE(parseIpv4(destination), 4);
  const fd = within(() => call('socket', 'for raw IPv4', AF_INET, SOCK_RAW, IPPROTO_RAW));
  try {
    call('connect', `to ${destination}`, fd, address, address.length);
    call('send', 'a datagram', fd, packet, packet.length, 0);
  } finally {
    closeSync(fd);
  }
}

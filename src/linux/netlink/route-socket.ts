/** A NETLINK_ROUTE socket: interfaces, addresses, routes. */
import { addressOf, call } from '../libc.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const NETLINK_ROUTE = 0;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GLINK = 0xa;
/** `struct ifreq`: a name, then (among others) a pointer. */
const IFREQ_BYTES = 40;
/** More than V8 keeps in its own heap, where things move. */
const REQUEST_BYTES = 128;
const IFNAME_BYTES = 16;

export class RouteSocket extends NetlinkSocket {
  /** Opens the socket in the namespace where the thread is now. */
  constructor() {
    super(NETLINK_ROUTE);
  }

  /**
   * Waits until the kernel has taken note that an interface's carrier is there. It does so a moment after both ends
   * of a pair are up, and until then drops what is sent; asking for the link's state makes it do so now.
   */
  settleLink(name: string): void {
    // The question, which the kernel answers in its place, lies behind the request: in memory that the call holds.
    const request = Buffer.alloc(REQUEST_BYTES);
    request.write(name, 0, IFNAME_BYTES - 1, 'latin1');
    request.writeUInt32LE(ETHTOOL_GLINK, IFREQ_BYTES);
    request.writeBigUInt64LE(addressOf(request) + BigInt(IFREQ_BYTES), IFNAME_BYTES);
    call('ioctl', `link state of ${name}`, this.fd, SIOCETHTOOL, request);
  }
}

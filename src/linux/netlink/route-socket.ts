/** A NETLINK_ROUTE socket: interfaces, addresses, routes. */
import { addressOf, call } from '../libc.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const NETLINK_ROUTE = 0;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GLINK = 0xa;
/** `struct ifreq`: a name, then (among others) a pointer. */
const IFREQ_BYTES = 40;
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
    const request = Buffer.alloc(IFREQ_BYTES);
    request.write(name, 0, IFNAME_BYTES - 1, 'latin1');
    const question = Buffer.alloc(8);
    question.writeUInt32LE(ETHTOOL_GLINK, 0);
    request.writeBigUInt64LE(addressOf(question), IFNAME_BYTES);
    call('ioctl', `link state of ${name}`, this.fd, SIOCETHTOOL, request);
  }
}

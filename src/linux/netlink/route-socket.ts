/**
 * A NETLINK_ROUTE socket. It belongs to the namespace in which it was opened and goes on acting there, wherever the
 * thread is. The kernel does the work within send(), so answers are there when it returns: requests are synchronous.
 */
import { closeSync } from 'node:fs';
import { errnoError } from '../errno.ts';
import { addressOf, call, callOffThread } from '../libc.ts';
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  type NetlinkReply,
  type NetlinkRequest,
  decodeMessages,
  encodeMessage,
} from './message.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const MSG_DONTWAIT = 0x40;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GLINK = 0xa;
/** `struct ifreq`: a name, then (among others) a pointer. */
const IFREQ_BYTES = 40;
const IFNAME_BYTES = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RECEIVE_BYTES = 32 * 1024;

export class RouteSocket {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
  #sequence = 0;
  #closed = false;

  /** Opens the socket in the namespace where the thread is now. */
  constructor() {
    this.#fd = call('socket', 'netlink', AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE);
    const on = Buffer.from([1, 0, 0, 0]);
    call('setsockopt', 'NETLINK_CAP_ACK', this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, on, on.length);
  }

  /** Does all requests, in one system call; throws the first one's error (those after it were tried as well). */
  request(...requests: NetlinkRequest[]): void {
    const first = this.#sequence + 1;
    const data = this.#encode(requests, NLM_F_ACK);
    call('send', requests[0]?.what ?? '', this.#fd, data, data.length, 0);
    this.#checkAnswers(requests, first);
  }

  /**
   * The same off the thread, for what takes the kernel long (removing interfaces). The socket must not be used for
   * anything else meanwhile.
   */
  async requestOffThread(...requests: NetlinkRequest[]): Promise<void> {
    const first = this.#sequence + 1;
    const data = this.#encode(requests, NLM_F_ACK);
    await callOffThread('send', requests[0]?.what ?? '', this.#fd, data, data.length, 0);
    this.#checkAnswers(requests, first);
  }

  #checkAnswers(requests: readonly NetlinkRequest[], first: number): void {
    const errors = new Map<number, number>();
    for (let pending = requests.length; pending > 0; ) {
      for (const reply of this.#receive()) {
        if (reply.type !== NLMSG_ERROR || reply.sequence < first) continue;
        errors.set(reply.sequence - first, -reply.payload.readInt32LE(0));
        pending -= 1;
      }
    }
    for (const [index, request] of requests.entries()) {
      const errno = errors.get(index) ?? 0;
      if (errno !== 0) throw errnoError(errno, 'netlink', request.what);
    }
  }

  /** Everything that the kernel answers to a request for data. */
  query(request: NetlinkRequest): NetlinkReply[] {
    const dump = (request.flags & NLM_F_DUMP) === NLM_F_DUMP;
    const sequence = this.#sequence + 1;
    const data = this.#encode([request], dump ? 0 : NLM_F_ACK);
    call('send', request.what, this.#fd, data, data.length, 0);
    const found: NetlinkReply[] = [];
    for (;;) {
      for (const reply of this.#receive()) {
        if (reply.sequence !== sequence) continue;
        if (reply.type === NLMSG_DONE) return found;
        if (reply.type !== NLMSG_ERROR) found.push(reply);
        else {
          const errno = -reply.payload.readInt32LE(0);
          if (errno !== 0) throw errnoError(errno, 'netlink', request.what);
          return found;
        }
      }
    }
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
    call('ioctl', `link state of ${name}`, this.#fd, SIOCETHTOOL, request);
  }

  /** May be repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }

  #encode(requests: readonly NetlinkRequest[], flags: number): Buffer {
    const messages = requests.map((request) => {
      this.#sequence += 1;
      return encodeMessage({ ...request, flags: request.flags | flags }, this.#sequence);
    });
    return Buffer.concat(messages);
  }

  #receive(): NetlinkReply[] {
    const length = call('recv', 'netlink', this.#fd, this.#buffer, this.#buffer.length, MSG_DONTWAIT);
    // A copy: replies outlive the next datagram.
    return decodeMessages(Buffer.from(this.#buffer.subarray(0, length)));
  }
}

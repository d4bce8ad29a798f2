/**
 * A netlink socket for requests. It belongs to the namespace in which it was opened and goes on acting there, wherever
 * the thread is. The kernel does the work within send(), so answers are there when it returns: requests are synchronous.
 */
import { closeSync } from 'node:fs';
import { errnoError } from '../errno.ts';
import { call, callOffThread } from '../libc.ts';
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
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const MSG_DONTWAIT = 0x40;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RECEIVE_BYTES = 32 * 1024;

export class NetlinkSocket {
  protected readonly fd: number;
  readonly #buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
  #sequence = 0;
  #closed = false;

  /** Opens the socket in the namespace where the thread is now. */
  constructor(protocol: number) {
    this.fd = call('socket', 'netlink', AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    const on = Buffer.from([1, 0, 0, 0]);
    call('setsockopt', 'NETLINK_CAP_ACK', this.fd, SOL_NETLINK, NETLINK_CAP_ACK, on, on.length);
  }

  /** Does all requests, in one system call; throws the first one's error (those after it were tried as well). */
  request(...requests: NetlinkRequest[]): void {
    const first = this.#sequence + 1;
    const data = this.#encode(requests, NLM_F_ACK);
    call('send', requests[0]?.what ?? '', this.fd, data, data.length, 0);
    this.#checkAnswers(requests, first);
  }

  /**
   * The same off the thread, for what takes the kernel long (removing interfaces). The socket must not be used for
   * anything else meanwhile.
   */
  async requestOffThread(...requests: NetlinkRequest[]): Promise<void> {
    const first = this.#sequence + 1;
    const data = this.#encode(requests, NLM_F_ACK);
    await callOffThread('send', requests[0]?.what ?? '', this.fd, data, data.length, 0);
    this.#checkAnswers(requests, first);
  }

  /** Does requests between two others that make them one; throws the first error, which undoes all. */
  protected batch(begin: NetlinkRequest, requests: readonly NetlinkRequest[], end: NetlinkRequest): void {
    const opening = this.#encode([begin], 0);
    const first = this.#sequence + 1;
    const data = Buffer.concat([opening, this.#encode(requests, NLM_F_ACK), this.#encode([end], 0)]);
    call('send', begin.what, this.fd, data, data.length, 0);
    this.#checkAnswers(requests, first, begin);
  }

  #checkAnswers(requests: readonly NetlinkRequest[], first: number, begin?: NetlinkRequest): void {
    const errors = new Map<number, number>();
    for (let pending = requests.length; pending > 0; ) {
      for (const reply of this.#receive()) {
        if (reply.type !== NLMSG_ERROR) continue;
        if (begin !== undefined && reply.sequence === first - 1) {
          throw errnoError(-reply.payload.readInt32LE(0), 'netlink', begin.what);
        }
        if (reply.sequence < first) continue;
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
    const data = this.#encodeQuery(request);
    call('send', request.what, this.fd, data, data.length, 0);
    return this.#collect(request);
  }

  /** The same, with the kernel's search off the thread. The socket must not be used for anything else meanwhile. */
  async queryOffThread(request: NetlinkRequest): Promise<NetlinkReply[]> {
    const data = this.#encodeQuery(request);
    await callOffThread('send', request.what, this.fd, data, data.length, 0);
    return this.#collect(request);
  }

  #encodeQuery(request: NetlinkRequest): Buffer {
    const isDump = (request.flags & NLM_F_DUMP) === NLM_F_DUMP;
    return this.#encode([request], isDump ? 0 : NLM_F_ACK);
  }

  #collect(request: NetlinkRequest): NetlinkReply[] {
    const sequence = this.#sequence;
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

  /** May be repeated. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.fd);
  }

  #encode(requests: readonly NetlinkRequest[], flags: number): Buffer {
    const messages = requests.map((request) => {
      this.#sequence += 1;
      return encodeMessage({ ...request, flags: request.flags | flags }, this.#sequence);
    });
    return Buffer.concat(messages);
  }

  #receive(): NetlinkReply[] {
    const length = call('recv', 'netlink', this.fd, this.#buffer, this.#buffer.length, MSG_DONTWAIT);
    // A copy: replies outlive the next datagram.
    return decodeMessages(Buffer.from(this.#buffer.subarray(0, length)));
  }
}

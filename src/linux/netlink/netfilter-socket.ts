/**
 * A NETLINK_NETFILTER socket, which belongs to the namespace in which it was opened: asks, and is told of events.
 * Node has no way to wait for such a socket; but it waits for Unix sockets, and does not look again at what a file
 * descriptor stands for. So it gets one of those, and before the first read the netlink socket takes its place:
 * idle it costs nothing. A read yields a datagram.
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { AppError } from '../../domain/errors.ts';
import { errnoError, nodeError } from '../errno.ts';
import { call } from '../libc.ts';
import type { Within } from '../sockets.ts';
import {
  NLM_F_ACK,
  NLM_F_DUMP,
  type NetlinkReply,
  type NetlinkRequest,
  decodeMessages,
  encodeMessage,
} from './message.ts';

const AF_UNIX = 1;
const AF_NETLINK = 16;
const CLOEXEC = 0o2000000;
const FLAGS = CLOEXEC | 0o4000; // NONBLOCK
const SOCK_STREAM = 1;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOCKADDR_NL_BYTES = 12;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

export interface NetfilterSocketOptions {
  /** Bit n - 1 for the multicast group n. */
  readonly groups?: number;
  /** Bytes that may wait to be read. */
  readonly receiveBytes?: number;
  /** What was not asked for, in its order. */
  readonly onEvent?: (event: NetlinkReply) => void;
}

interface Pending {
  readonly what: string;
  readonly onReply: (reply: NetlinkReply) => void;
  readonly settle: (error?: AppError) => void;
}

export class NetfilterSocket {
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #onEvent: (event: NetlinkReply) => void;
  readonly #pending = new Map<number, Pending>();
  #sequence = 0;
  /** Resolves when nothing more comes: with the reason, or undefined after `close`. ENOBUFS: events were lost. */
  readonly ended: Promise<AppError | undefined>;

  constructor(within: Within, options: NetfilterSocketOptions = {}) {
    this.#onEvent = options.onEvent ?? (() => undefined);
    const netlink = openNetlink(within, options);
    [this.#socket, this.#fd] = adopt(netlink);
    let failure: AppError | undefined;
    this.#socket.on('data', (datagram: Buffer) => this.#receive(datagram));
    this.#socket.on('error', (error) => {
      failure = nodeError(error, 'netfilter socket');
    });
    this.ended = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#giveUp(failure ?? new AppError('aborted', 'the netfilter socket was closed'));
        resolve(failure);
      });
    });
  }

  /** Asks; resolves when the kernel has done it. */
  async request(request: NetlinkRequest): Promise<void> {
    await this.#ask({ ...request, flags: request.flags | NLM_F_ACK }, () => undefined);
  }

  /** Asks for all of a kind; resolves after the last one. */
  async dump(request: NetlinkRequest, onReply: (reply: NetlinkReply) => void): Promise<void> {
    await this.#ask({ ...request, flags: request.flags | NLM_F_DUMP }, onReply);
  }

  /** May be repeated. */
  close(): void {
    this.#socket.destroy();
  }

  #ask(request: NetlinkRequest, onReply: (reply: NetlinkReply) => void): Promise<void> {
    if (this.#socket.destroyed)
      return Promise.reject(new AppError('aborted', 'the netfilter socket is closed'));
    const sequence = ++this.#sequence;
    const data = encodeMessage(request, sequence);
    return new Promise((resolve, reject) => {
      const settle = (error?: AppError): void => {
        this.#pending.delete(sequence);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#pending.set(sequence, { what: request.what, onReply, settle });
      try {
        call('send', request.what, this.#fd, data, data.length, 0);
      } catch (error) {
        settle(nodeError(error, request.what));
      }
    });
  }

  #receive(datagram: Buffer): void {
    for (const message of decodeMessages(datagram)) {
      const pending = this.#pending.get(message.sequence);
      if (message.sequence === 0 || pending === undefined) this.#onEvent(message);
      else if (message.type === NLMSG_DONE) pending.settle();
      else if (message.type !== NLMSG_ERROR) pending.onReply(message);
      else {
        const errno = -message.payload.readInt32LE(0);
        pending.settle(errno === 0 ? undefined : errnoError(errno, 'netlink', pending.what));
      }
    }
  }

  #giveUp(error: AppError): void {
    for (const pending of this.#pending.values()) pending.settle(error);
  }
}

function openNetlink(within: Within, { groups = 0, receiveBytes }: NetfilterSocketOptions): number {
  const fd = within(() => call('socket', 'netfilter', AF_NETLINK, SOCK_RAW | FLAGS, NETLINK_NETFILTER));
  try {
    if (receiveBytes !== undefined) {
      const size = Buffer.alloc(4);
      size.writeInt32LE(receiveBytes);
      call('setsockopt', 'SO_RCVBUFFORCE', fd, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length);
    }
    const address = Buffer.alloc(SOCKADDR_NL_BYTES);
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(groups, 8);
    call('bind', 'netfilter', fd, address, address.length);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A Node socket that reads from the descriptor, which is its own from now on; and the descriptor's new number. */
function adopt(netlink: number): [Socket, number] {
  const ends = Buffer.alloc(8);
  try {
    call('socketpair', 'for a netfilter socket', AF_UNIX, SOCK_STREAM | FLAGS, 0, ends);
    const [own, other] = [ends.readInt32LE(0), ends.readInt32LE(4)];
    closeSync(other);
    const socket = new Socket({ fd: own, readable: true, writable: false });
    call('dup3', 'netfilter', netlink, own, CLOEXEC);
    return [socket, own];
  } finally {
    closeSync(netlink);
  }
}

/** A ctnetlink socket for few and quick questions; who watches connections needs a `NetfilterSocket`. */
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { hasErrno } from '../errno.ts';
import { type ConnectionEnd, connectionsAt, deletionAt, flushAt } from './conntrack.ts';
import { NetlinkSocket } from './netlink-socket.ts';

const NETLINK_NETFILTER = 12;
/** Their answers fit into the socket's buffer. */
const AT_ONCE = 64;

export class ConntrackSocket extends NetlinkSocket {
  readonly #serial = new KeyedSerial();

  /** Opens the socket in the namespace where the thread is now. */
  constructor() {
    super(NETLINK_NETFILTER);
  }

  /** Deletes the connections that have an address at this end: what comes of them later is new again. */
  async forget(end: ConnectionEnd): Promise<void> {
    // What is done off the thread must not be disturbed.
    await this.#serial.run('forget', () => this.#forget(end));
  }

  async #forget(end: ConnectionEnd): Promise<void> {
    try {
      this.request(flushAt(end));
    } catch (error) {
      if (!hasErrno(error, 'EINVAL')) throw error;
      await this.forgetOneByOne(end);
    }
  }

  /** The same on kernels that cannot do it at once. Finding them takes the kernel tens of milliseconds. */
  async forgetOneByOne(end: ConnectionEnd): Promise<void> {
    const found = await this.queryOffThread(connectionsAt(end));
    const deletions = found.flatMap((reply) => deletionAt(end, reply) ?? []);
    for (let first = 0; first < deletions.length; first += AT_ONCE) {
      try {
        this.request(...deletions.slice(first, first + AT_ONCE));
      } catch (error) {
        // It has ended by itself; the others were tried.
        if (!hasErrno(error, 'ENOENT')) throw error;
      }
    }
  }
}

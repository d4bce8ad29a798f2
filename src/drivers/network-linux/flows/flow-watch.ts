/**
 * Watches a VPC's traffic: ends of connections and dropped packets as events, running connections by looking. When
 * events overrun the socket's buffer it is opened anew, and that some were lost is told.
 */
import { KeyedSerial } from '../../../domain/keyed-serial.ts';
import { FIREWALL_LOG_GROUP, FIREWALL_LOG_SNAPLEN } from '../../../domain/network/flow-logs/firewall-log.ts';
import type { FlowObservation } from '../../../domain/network/flow-logs/flow-observation.ts';
import {
  CONNTRACK_DESTROY_GROUP,
  allConnections,
  decodeConnection,
} from '../../../linux/netlink/conntrack.ts';
import type { NetlinkReply } from '../../../linux/netlink/message.ts';
import { NetfilterSocket } from '../../../linux/netlink/netfilter-socket.ts';
import { bindPacketLog, decodeLoggedPacket } from '../../../linux/netlink/packet-log.ts';
import type { Within } from '../../../linux/sockets.ts';
import { type SysctlName, writeSysctl } from '../../../linux/sysctl.ts';
import type { FlowWatch } from '../../../ports/task-network.ts';
import { toConnectionLook, toDroppedPacket } from './observations.ts';

/** About 10,000 ends of connections. */
const EVENT_BYTES = 8 * 2 ** 20;
/** What the kernel is to keep of a connection; it counts for connections that come later. */
const SETTINGS: readonly SysctlName[] = ['acct', 'timestamp', 'events'].map((name) => [
  'net',
  'netfilter',
  `nf_conntrack_${name}`,
]);

export interface FlowWatchOptions {
  readonly within: Within;
  readonly onObservation: (observation: FlowObservation) => void;
  readonly now: () => number;
}

/** Begins to watch; everything ends with the signal. */
export async function watchFlows(options: FlowWatchOptions, signal: AbortSignal): Promise<FlowWatch> {
  signal.throwIfAborted();
  options.within(() => {
    for (const name of SETTINGS) writeSysctl(name, 1);
  });
  const events = new FlowEvents(options, signal);
  const table = new NetfilterSocket(options.within);
  signal.addEventListener('abort', () => table.close(), { once: true });
  try {
    await events.open();
  } catch (error) {
    table.close();
    throw error;
  }
  const tell = (reply: NetlinkReply): void => {
    const entry = decodeConnection(reply);
    if (entry !== undefined) options.onObservation(toConnectionLook(entry));
  };
  // A socket takes one such question at a time.
  const serial = new KeyedSerial();
  return {
    look: () =>
      serial.run('look', async () => {
        await events.open();
        await table.dump(allConnections(), tell);
      }),
  };
}

/** The socket by which events come. */
class FlowEvents {
  readonly #options: FlowWatchOptions;
  readonly #signal: AbortSignal;
  #socket: NetfilterSocket | undefined;
  #nextPacket: number | undefined;

  constructor(options: FlowWatchOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#socket?.close(), { once: true });
  }

  /** Makes sure that the socket is open. */
  async open(): Promise<void> {
    if (this.#socket !== undefined || this.#signal.aborted) return;
    const socket = new NetfilterSocket(this.#options.within, {
      groups: CONNTRACK_DESTROY_GROUP,
      receiveBytes: EVENT_BYTES,
      onEvent: (event) => this.#tell(event),
    });
    this.#socket = socket;
    this.#nextPacket = undefined;
    void socket.ended.then((error) => this.#reopen(socket, error !== undefined));
    try {
      await socket.request(bindPacketLog(FIREWALL_LOG_GROUP, FIREWALL_LOG_SNAPLEN));
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  #reopen(ended: NetfilterSocket, lost: boolean): void {
    if (this.#socket === ended) this.#socket = undefined;
    if (this.#signal.aborted) return;
    if (lost) this.#options.onObservation({ type: 'lost' });
    // What fails now is tried again with the next look.
    if (lost) this.open().catch(() => undefined);
  }

  #tell(event: NetlinkReply): void {
    if (this.#signal.aborted) return;
    const { onObservation, now } = this.#options;
    const entry = decodeConnection(event);
    if (entry !== undefined) return onObservation(toConnectionLook(entry));
    const packet = decodeLoggedPacket(event);
    if (packet === undefined) return;
    if (this.#nextPacket !== undefined && packet.sequence !== this.#nextPacket) {
      onObservation({ type: 'lost' });
    }
    this.#nextPacket = (packet.sequence + 1) >>> 0;
    const dropped = toDroppedPacket(packet, now());
    if (dropped !== undefined) onObservation(dropped);
  }
}

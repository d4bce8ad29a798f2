/** What listens inside VPCs for us: one listener for each VPC, address, port and protocol. */
import type { Socket } from 'node:net';
import { bindUdp, listenTcp } from '../../linux/sockets.ts';
import type { Vpcs } from './vpcs.ts';

export interface Place {
  readonly vpcId: string;
  readonly address: string;
  readonly port: number;
}

interface Listener extends Place {
  readonly key: string;
  close(): void;
}

export type OnDatagram = (
  message: Buffer,
  from: { address: string; port: number },
) => Promise<Buffer | undefined>;

export class VpcListeners {
  readonly #vpcs: Vpcs;
  readonly #open = new Map<string, Listener>();

  constructor(vpcs: Vpcs) {
    this.#vpcs = vpcs;
  }

  /** Listens for TCP connections until the signal fires; takes the place of an earlier listener. */
  async serve(place: Place, onConnection: (socket: Socket) => void, signal: AbortSignal): Promise<void> {
    const key = this.#replace('tcp', place);
    const within = this.#takeAddress(place);
    const server = await listenTcp(within, place.address, place.port, onConnection);
    this.#add({ ...place, key, close: () => void server.close() }, signal);
  }

  /** The same for datagrams. */
  async serveDatagrams(place: Place, onDatagram: OnDatagram, signal: AbortSignal): Promise<void> {
    const key = this.#replace('udp', place);
    const within = this.#takeAddress(place);
    const socket = await bindUdp(within, place.address, place.port);
    let open = true;
    // An answer that cannot be sent is lost, as datagrams may be.
    socket.on('error', () => undefined);
    socket.on('message', (message, { address, port }) => {
      void onDatagram(message, { address, port })
        .catch(() => undefined)
        .then((answer) => {
          if (answer !== undefined && open) socket.send(answer, port, address, () => undefined);
        });
    });
    const close = () => {
      open = false;
      socket.close();
    };
    this.#add({ ...place, key, close }, signal);
  }

  /** Ends all listeners of a VPC, or all there are. */
  closeAll(vpcId?: string): void {
    for (const listener of this.#open.values()) {
      if (vpcId !== undefined && listener.vpcId !== vpcId) continue;
      this.#open.delete(listener.key);
      listener.close();
    }
  }

  #replace(protocol: 'tcp' | 'udp', { vpcId, address, port }: Place): string {
    const key = `${vpcId} ${protocol} ${address} ${port}`;
    this.#open.get(key)?.close();
    this.#open.delete(key);
    return key;
  }

  #takeAddress({ vpcId, address }: Place) {
    const vpc = this.#vpcs.get(vpcId);
    vpc.addServiceAddress(address);
    return vpc.within;
  }

  #add(listener: Listener, signal: AbortSignal): void {
    // Two calls for one place may have overlapped.
    this.#open.get(listener.key)?.close();
    this.#open.set(listener.key, listener);
    if (signal.aborted) this.#end(listener);
    else signal.addEventListener('abort', () => this.#end(listener), { once: true });
  }

  /** The address goes with its last listener. */
  #end(listener: Listener): void {
    if (this.#open.get(listener.key) !== listener) return;
    this.#open.delete(listener.key);
    listener.close();
    const { vpcId, address } = listener;
    const others = [...this.#open.values()];
    if (others.some((other) => other.vpcId === vpcId && other.address === address)) return;
    this.#vpcs.find(vpcId)?.removeServiceAddress(address);
  }
}

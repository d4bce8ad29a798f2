/** What listens inside VPCs for us: one listener for each VPC, address, port and protocol. */
export interface Listener {
  readonly vpcId: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  close(): void;
}

function keyOf({ vpcId, protocol, address, port }: Omit<Listener, 'close'>): string {
  return `${vpcId} ${protocol} ${address} ${port}`;
}

export class Listeners {
  readonly #open = new Map<string, Listener>();

  /** Ends an earlier listener of the same place. */
  replace(place: Omit<Listener, 'close'>): void {
    const earlier = this.#open.get(keyOf(place));
    this.#open.delete(keyOf(place));
    earlier?.close();
  }

  add(listener: Listener): void {
    this.#open.set(keyOf(listener), listener);
  }

  /** Ends a listener. True when it was the last one on its address, and not already replaced. */
  remove(listener: Listener): boolean {
    if (this.#open.get(keyOf(listener)) !== listener) return false;
    this.#open.delete(keyOf(listener));
    listener.close();
    const { vpcId, address } = listener;
    return ![...this.#open.values()].some((other) => other.vpcId === vpcId && other.address === address);
  }

  /** Ends all listeners of a VPC, or all there are. */
  closeAll(vpcId?: string): void {
    for (const [key, listener] of this.#open) {
      if (vpcId !== undefined && listener.vpcId !== vpcId) continue;
      this.#open.delete(key);
      listener.close();
    }
  }
}

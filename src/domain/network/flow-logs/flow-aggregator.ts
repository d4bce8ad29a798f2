/**
 * Sums up traffic by interface, direction, addresses, ports, protocol and action until an interval ends. What is kept
 * is bounded: of an interface whose flows are too many, that some were skipped is kept instead.
 */
import type { FlowPart } from './flow-parts.ts';

/** Flows of one interval that are kept for one interface. */
export const MAX_FLOWS = 20_000;

export interface InterfaceFlows {
  readonly flows: readonly FlowPart[];
  /** Something could not be kept or told. */
  readonly skipped: boolean;
}

interface Sums {
  readonly flows: Map<string, FlowPart>;
  skipped: boolean;
}

export class FlowAggregator {
  readonly #limit: number;
  #byInterface = new Map<string, Sums>();
  #allSkipped = false;

  constructor(limit = MAX_FLOWS) {
    this.#limit = limit;
  }

  add(part: FlowPart): void {
    const sums = this.#sumsOf(part.eniId);
    const key = keyOf(part);
    const known = sums.flows.get(key);
    if (known !== undefined) sums.flows.set(key, merged(known, part));
    else if (sums.flows.size < this.#limit) sums.flows.set(key, part);
    else sums.skipped = true;
  }

  /** Something was lost, nobody knows whose. */
  skip(): void {
    this.#allSkipped = true;
  }

  /** Ends the interval: what there was, by interface; then all begins anew. */
  take(): (eniId: string) => InterfaceFlows {
    const [sums, allSkipped] = [this.#byInterface, this.#allSkipped];
    this.#byInterface = new Map();
    this.#allSkipped = false;
    return (eniId) => {
      const { flows, skipped } = sums.get(eniId) ?? { flows: new Map<string, FlowPart>(), skipped: false };
      return { flows: [...flows.values()], skipped: skipped || allSkipped };
    };
  }

  #sumsOf(eniId: string): Sums {
    const known = this.#byInterface.get(eniId);
    if (known !== undefined) return known;
    const made: Sums = { flows: new Map(), skipped: false };
    this.#byInterface.set(eniId, made);
    return made;
  }
}

function keyOf(part: FlowPart): string {
  const { direction, action, protocol, srcaddr, srcport, dstaddr, dstport, pktSrcaddr, pktDstaddr } = part;
  return `${direction} ${action} ${protocol} ${srcaddr} ${srcport} ${dstaddr} ${dstport} ${pktSrcaddr} ${pktDstaddr}`;
}

function merged(one: FlowPart, other: FlowPart): FlowPart {
  return {
    ...one,
    packets: one.packets + other.packets,
    bytes: one.bytes + other.bytes,
    tcpFlags: one.tcpFlags | other.tcpFlags,
    start: Math.min(one.start, other.start),
    end: Math.max(one.end, other.end),
  };
}

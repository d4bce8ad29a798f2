/**
 * What each connection has sent since it was last looked at. The kernel's counters only grow; here is what they were.
 * TCP's flags are told from the change of its state, since the kernel keeps none.
 */
import type { ConnectionLook, FlowCounters, FlowTuple, TcpLook } from './flow-observation.ts';

/** FIN 1, SYN 2, RST 4, and SYN-ACK 18, as flow logs have them. */
export const TCP_FLAG = { FIN: 1, SYN: 2, RST: 4, SYN_ACK: 18 } as const;

export interface DirectionDelta extends FlowTuple, FlowCounters {
  readonly tcpFlags: number;
}

export interface ConnectionDelta {
  readonly protocol: number;
  readonly original: DirectionDelta;
  readonly reply: DirectionDelta;
  readonly startedAt: number;
  readonly endedAt?: number;
}

interface Account {
  readonly original: FlowCounters;
  readonly reply: FlowCounters;
  readonly tcp: TcpLook | undefined;
  readonly looks: number;
}

const NOTHING: FlowCounters = { packets: 0, bytes: 0 };

export class ConnectionAccounts {
  readonly #known = new Map<string, Account>();
  #looks = 0;

  get size(): number {
    return this.#known.size;
  }

  has({ id }: ConnectionLook): boolean {
    return this.#known.has(id);
  }

  /** What is new of the connection; undefined when nothing is. */
  take(look: ConnectionLook): ConnectionDelta | undefined {
    const known = this.#known.get(look.id);
    this.#keep(look);
    const original = grown(look.original, known?.original);
    const reply = grown(look.reply, known?.reply);
    if (original.packets === 0 && reply.packets === 0) return undefined;
    const flags = newFlags(known, look, original, reply);
    const { protocol, startedAt, endedAt } = look;
    return {
      protocol,
      original: { ...tupleOf(look.original), ...original, tcpFlags: flags.original },
      reply: { ...tupleOf(look.reply), ...reply, tcpFlags: flags.reply },
      startedAt,
      ...(endedAt !== undefined && { endedAt }),
    };
  }

  /** Takes note of a connection as it is: only what it sends from now on counts. */
  begin(look: ConnectionLook): void {
    this.#keep(look);
  }

  /**
   * All connections have been looked at. What was not seen in two looks has ended without our being told.
   */
  lookEnded(): void {
    this.#looks += 1;
    for (const [id, { looks }] of this.#known) if (looks < this.#looks - 1) this.#known.delete(id);
  }

  #keep({ id, original, reply, tcp, endedAt }: ConnectionLook): void {
    if (endedAt === undefined) this.#known.set(id, { original, reply, tcp, looks: this.#looks });
    else this.#known.delete(id);
  }
}

/** A counter below the known one is another connection's, of the same name: all of it is new. */
function grown(now: FlowCounters, before: FlowCounters = NOTHING): FlowCounters {
  if (now.packets < before.packets || now.bytes < before.bytes) {
    return { packets: now.packets, bytes: now.bytes };
  }
  return { packets: now.packets - before.packets, bytes: now.bytes - before.bytes };
}

function tupleOf({ sourceAddress, sourcePort, destinationAddress, destinationPort }: FlowTuple): FlowTuple {
  return { sourceAddress, sourcePort, destinationAddress, destinationPort };
}

function newFlags(
  known: Account | undefined,
  { tcp }: ConnectionLook,
  original: FlowCounters,
  reply: FlowCounters,
): { original: number; reply: number } {
  const flags = { original: 0, reply: 0 };
  if (tcp === undefined) return flags;
  if (known === undefined && original.packets > 0) flags.original |= TCP_FLAG.SYN;
  const wasOpening = known?.tcp === undefined || known.tcp.state === 'opening';
  // Refused, it never was open: one packet answered the first.
  const isRefused = tcp.state === 'reset' && wasOpening && reply.packets <= 1 && original.packets <= 1;
  if (wasOpening && reply.packets > 0 && !isRefused) flags.reply |= TCP_FLAG.SYN_ACK;
  const closed = closedSides(tcp);
  const before = closedSides(known?.tcp);
  if (closed.original && !before.original) flags.original |= TCP_FLAG.FIN;
  if (closed.reply && !before.reply) flags.reply |= TCP_FLAG.FIN;
  if (tcp.state === 'reset' && known?.tcp?.state !== 'reset') {
    // Who sent it is not kept. When only one side has sent anything, it was that one.
    if (reply.packets > 0) flags.reply |= TCP_FLAG.RST;
    else flags.original |= TCP_FLAG.RST;
  }
  return flags;
}

function closedSides(tcp: TcpLook | undefined): { original: boolean; reply: boolean } {
  const both = tcp?.state === 'closed';
  const half = tcp?.state === 'half-closed' ? tcp.closedBy : undefined;
  return { original: both || half === 'original', reply: both || half === 'reply' };
}

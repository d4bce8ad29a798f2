/**
 * Which question is answered next: one of each interface in turn. Whoever asks much waits behind his own questions: an interface
 * has as many under way as there is room left, one that floods half of all, two a third each, so that whoever comes next finds
 * room. A few begin in a row, so that the agent does its other work between them. What waited too long is let go, for whoever
 * asked has given up.
 */
import type { Clock } from '../../ports/clock.ts';

/** Of all interfaces together; dnsmasq has 150 of a whole network on their way. */
export const DNS_AT_ONCE = 256;
/** Before whatever else the agent has to do. */
export const DNS_IN_A_ROW = 8;
/** How long resolvers of C libraries wait for an answer. */
const WAITS_MS = 5_000;

interface Waiter {
  readonly since: number;
  readonly enter: (mayGo: boolean) => void;
}

export class DnsTurns {
  readonly #clock: Pick<Clock, 'now'>;
  /** By source; the first one's turn is next. */
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #underWayOf = new Map<string, number>();
  #underWay = 0;
  /** In this round of the event loop. */
  #begun = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Runs `ask` when it is its turn; undefined when that came too late. */
  async run<T>(source: string, ask: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#enter(source))) return undefined;
    try {
      return await ask();
    } finally {
      this.#end(source);
      this.#callNext();
    }
  }

  async #enter(source: string): Promise<boolean> {
    if (this.#mayBegin(source)) {
      this.#begin(source);
      return true;
    }
    return await new Promise<boolean>((enter) => {
      const waiter = { since: this.#clock.now(), enter };
      const others = this.#waiting.get(source);
      if (others === undefined) this.#waiting.set(source, [waiter]);
      else others.push(waiter);
    });
  }

  #mayBegin(source: string): boolean {
    const room = DNS_AT_ONCE - this.#underWay;
    return this.#begun < DNS_IN_A_ROW && (this.#underWayOf.get(source) ?? 0) < room;
  }

  #begin(source: string): void {
    this.#underWay += 1;
    this.#underWayOf.set(source, (this.#underWayOf.get(source) ?? 0) + 1);
    this.#begun += 1;
    if (this.#begun > 1) return;
    setImmediate(() => {
      this.#begun = 0;
      this.#callNext();
    });
  }

  #end(source: string): void {
    this.#underWay -= 1;
    const left = (this.#underWayOf.get(source) ?? 1) - 1;
    if (left === 0) this.#underWayOf.delete(source);
    else this.#underWayOf.set(source, left);
  }

  #callNext(): void {
    for (const [source, waiters] of this.#waiting) {
      if (this.#begun >= DNS_IN_A_ROW) return;
      if (!this.#mayBegin(source)) continue;
      this.#waiting.delete(source);
      const next = this.#firstInTime(waiters);
      if (next === undefined) continue;
      // Behind all others, where this loop comes by again.
      if (waiters.length > 0) this.#waiting.set(source, waiters);
      this.#begin(source);
      next.enter(true);
    }
  }

  #firstInTime(waiters: Waiter[]): Waiter | undefined {
    const now = this.#clock.now();
    for (let waiter = waiters.shift(); waiter !== undefined; waiter = waiters.shift()) {
      if (now - waiter.since <= WAITS_MS) return waiter;
      waiter.enter(false);
    }
    return undefined;
  }
}

/**
 * Which question goes to the host's resolvers next: one of each interface in turn. Whoever asks much waits behind his own
 * questions, never in front of those of others. What waited too long is let go, for whoever asked has given up.
 */
import type { Clock } from '../../ports/clock.ts';

/** Of all interfaces together; dnsmasq has 150 of a whole network on their way. */
export const DNS_AT_ONCE = 256;
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
  #underWay = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Runs `ask` when it is its turn; undefined when that came too late. */
  async run<T>(source: string, ask: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#enter(source))) return undefined;
    try {
      return await ask();
    } finally {
      this.#underWay -= 1;
      this.#callNext();
    }
  }

  async #enter(source: string): Promise<boolean> {
    if (this.#underWay < DNS_AT_ONCE) {
      this.#underWay += 1;
      return true;
    }
    return await new Promise<boolean>((enter) => {
      const waiter = { since: this.#clock.now(), enter };
      const others = this.#waiting.get(source);
      if (others === undefined) this.#waiting.set(source, [waiter]);
      else others.push(waiter);
    });
  }

  #callNext(): void {
    for (const [source, waiters] of this.#waiting) {
      this.#waiting.delete(source);
      const next = this.#firstInTime(waiters);
      if (next === undefined) continue;
      // Behind all others.
      if (waiters.length > 0) this.#waiting.set(source, waiters);
      this.#underWay += 1;
      next.enter(true);
      return;
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

/** How much each interface may ask of its VPC's resolver: as many packets a second as on AWS, and a few at a time. */
import type { Clock } from '../../ports/clock.ts';

export const PACKETS_A_SECOND = 1024;
const AT_ONCE_EACH = 128;
const AT_ONCE_ALL = 1024;
/** What nobody used for a second is full again, so that it need not be remembered. */
const SECOND_MS = 1000;
const REMEMBERED = 1024;

interface Asker {
  /** Packets that may come now. */
  left: number;
  at: number;
  inFlight: number;
}

export class DnsLimits {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #askers = new Map<string, Asker>();
  #inFlight = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Takes a packet in, until the function that it returns is called; undefined: the packet is to be dropped. */
  admit(source: string): (() => void) | undefined {
    const now = this.#clock.now();
    const asker = this.#askers.get(source) ?? { left: PACKETS_A_SECOND, at: now, inFlight: 0 };
    const gained = (Math.max(0, now - asker.at) / SECOND_MS) * PACKETS_A_SECOND;
    asker.left = Math.min(PACKETS_A_SECOND, asker.left + gained);
    asker.at = now;
    if (!this.#askers.has(source)) this.#remember(source, asker, now);
    if (asker.left < 1 || asker.inFlight >= AT_ONCE_EACH || this.#inFlight >= AT_ONCE_ALL) return undefined;
    asker.left -= 1;
    asker.inFlight += 1;
    this.#inFlight += 1;
    return () => {
      asker.inFlight -= 1;
      this.#inFlight -= 1;
    };
  }

  #remember(source: string, asker: Asker, now: number): void {
    if (this.#askers.size >= REMEMBERED) {
      for (const [known, { at, inFlight }] of this.#askers) {
        if (inFlight === 0 && now - at > SECOND_MS) this.#askers.delete(known);
      }
    }
    this.#askers.set(source, asker);
  }
}

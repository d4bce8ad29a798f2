/** How much each interface may ask of its VPC's resolver: as many packets a second as on AWS, and so many at a time. */
import type { Clock } from '../../ports/clock.ts';
import { TokenBucket } from '../../domain/token-bucket.ts';

export const PACKETS_A_SECOND = 1024;
const RATE = { aSecond: PACKETS_A_SECOND, atOnce: PACKETS_A_SECOND };
/** What comes in a second may wait. */
const AT_ONCE_EACH = PACKETS_A_SECOND;
/** What nobody used for a second is full again, so that it need not be remembered. */
const SECOND_MS = 1000;
const REMEMBERED = 1024;

interface Asker {
  readonly packets: TokenBucket;
  inFlight: number;
}

export class DnsLimits {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #askers = new Map<string, Asker>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Takes a packet in, until the function that it returns is called; undefined: the packet is to be dropped. */
  admit(source: string): (() => void) | undefined {
    const asker = this.#askers.get(source) ?? { packets: new TokenBucket(this.#clock, RATE), inFlight: 0 };
    const mayCome = asker.packets.has();
    if (!this.#askers.has(source)) this.#remember(source, asker);
    if (!mayCome || asker.inFlight >= AT_ONCE_EACH) return undefined;
    asker.packets.take();
    asker.inFlight += 1;
    return () => {
      asker.inFlight -= 1;
    };
  }

  #remember(source: string, asker: Asker): void {
    if (this.#askers.size >= REMEMBERED) {
      const now = this.#clock.now();
      for (const [known, { packets, inFlight }] of this.#askers) {
        if (inFlight === 0 && now - packets.at > SECOND_MS) this.#askers.delete(known);
      }
    }
    this.#askers.set(source, asker);
  }
}

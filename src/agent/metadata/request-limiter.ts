/** How often a path may be asked for: 40 times a second from one address, and 60 times at once, as on AWS. */
import { KeyedBuckets, type TokenRate } from '../../domain/token-bucket.ts';
import type { Clock } from '../../ports/clock.ts';

export const REQUESTS_A_SECOND = 40;
const RATE: TokenRate = { aSecond: REQUESTS_A_SECOND, atOnce: 60 };
const REMEMBERED = 256;

/** Of one task: its containers have one address. */
export class RequestLimiter {
  readonly #paths: KeyedBuckets;
  readonly #rate: TokenRate;

  constructor(clock: Pick<Clock, 'now'>, rate = RATE) {
    this.#paths = new KeyedBuckets(clock, REMEMBERED);
    this.#rate = rate;
  }

  /** False: the request is one too many, or one of too many paths. */
  admit(path: string): boolean {
    return this.#paths.of(path, this.#rate)?.tryTake() === true;
  }
}

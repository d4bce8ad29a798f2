/** How often something may happen: so many times a second, and at most so many at once. */
import type { Clock } from '../ports/clock.ts';

const SECOND_MS = 1000;

export interface TokenRate {
  readonly aSecond: number;
  readonly atOnce: number;
}

export class TokenBucket {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #rate: TokenRate;
  #left: number;
  #at: number;

  constructor(clock: Pick<Clock, 'now'>, rate: TokenRate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate.atOnce;
    this.#at = clock.now();
  }

  /** When it was last looked at, epoch milliseconds. */
  get at(): number {
    return this.#at;
  }

  /** Whether it may happen now: there is a token to take. */
  has(): boolean {
    const { aSecond, atOnce } = this.#rate;
    const now = this.#clock.now();
    const gained = (Math.max(0, now - this.#at) / SECOND_MS) * aSecond;
    this.#left = Math.min(atOnce, this.#left + gained);
    this.#at = now;
    return this.#left >= 1;
  }

  /** Takes a token, which `has` has found. */
  take(): void {
    this.#left -= 1;
  }
}

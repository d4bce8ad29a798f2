/** How often something may happen: so many times a second, and at most so many at once. */

const SECOND_MS = 1000;

interface Now {
  /** Epoch milliseconds. */
  now(): number;
}

export interface TokenRate {
  readonly aSecond: number;
  readonly atOnce: number;
}

export class TokenBucket {
  readonly #clock: Now;
  readonly #rate: TokenRate;
  #left: number;
  #at: number;

  constructor(clock: Now, rate: TokenRate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate.atOnce;
    this.#at = clock.now();
  }

  /** When it was last looked at, epoch milliseconds. */
  get at(): number {
    return this.#at;
  }

  /** Whether it may happen now: there are as many tokens to take. */
  has(tokens = 1): boolean {
    const { aSecond, atOnce } = this.#rate;
    const now = this.#clock.now();
    const gained = (Math.max(0, now - this.#at) / SECOND_MS) * aSecond;
    this.#left = Math.min(atOnce, this.#left + gained);
    this.#at = now;
    return this.#left >= tokens;
  }

  /** Takes tokens, which `has` has found. */
  take(tokens = 1): void {
    this.#left -= tokens;
  }

  /** Takes one token if there is one. False: there is none. */
  tryTake(): boolean {
    if (!this.has()) return false;
    this.take();
    return true;
  }

  /** Whether it is as if nobody had ever taken any. */
  isFull(): boolean {
    return this.has(this.#rate.atOnce);
  }
}

/** A bucket for each key. Remembers at most `most`: made-up keys must not fill the memory. */
export class KeyedBuckets {
  readonly #clock: Now;
  readonly #most: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Now, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** The bucket of a key, whose rate is always the same; undefined while too many are in use. */
  of(key: string, rate: TokenRate): TokenBucket | undefined {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= this.#most) this.#forgetFull();
    if (this.#buckets.size >= this.#most) return undefined;
    const bucket = new TokenBucket(this.#clock, rate);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /** A new one is no different. */
  #forgetFull(): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull()) this.#buckets.delete(key);
  }
}

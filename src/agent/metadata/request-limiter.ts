/** How often a path may be asked for: 40 times a second from one address, and 60 times at once, as on AWS. */
import type { Clock } from '../../ports/clock.ts';
import { TokenBucket } from '../token-bucket.ts';

export const REQUESTS_A_SECOND = 40;
const RATE = { aSecond: REQUESTS_A_SECOND, atOnce: 60 };
/** What nobody used for so long is full again, so that it need not be remembered. */
const FULL_AGAIN_MS = (RATE.atOnce / RATE.aSecond) * 1000;
const REMEMBERED = 256;

/** Of one task: its containers have one address. */
export class RequestLimiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** False: the request is one too many. */
  admit(path: string): boolean {
    const bucket = this.#buckets.get(path) ?? this.#remember(path);
    if (bucket?.has() !== true) return false;
    bucket.take();
    return true;
  }

  /** Undefined while too many paths are in use: made-up ones must not fill the memory. */
  #remember(path: string): TokenBucket | undefined {
    if (this.#buckets.size >= REMEMBERED) {
      const now = this.#clock.now();
      for (const [known, { at }] of this.#buckets) {
        if (now - at > FULL_AGAIN_MS) this.#buckets.delete(known);
      }
      if (this.#buckets.size >= REMEMBERED) return undefined;
    }
    const bucket = new TokenBucket(this.#clock, RATE);
    this.#buckets.set(path, bucket);
    return bucket;
  }
}

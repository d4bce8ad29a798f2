/** How often a path may be asked for: 40 times a second from one address, and 60 times at once, as on AWS. */
import { KeyedBuckets } from '../../domain/token-bucket.ts';
import type { Clock } from '../../ports/clock.ts';

export const REQUESTS_A_SECOND = 40;
const RATE = { aSecond: REQUESTS_A_SECOND, atOnce: 60 };
const REMEMBERED = 256;

/** Of one task: its containers have one address. */
export class RequestLimiter {
  readonly #paths: KeyedBuckets;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#paths = new KeyedBuckets(clock, REMEMBERED);
  }

  /** False: the request is one too many, or one of too many paths. */
  admit(path: string): boolean {
    const bucket = this.#paths.of(path, RATE);
    if (bucket?.has() !== true) return false;
    bucket.take();
    return true;
  }
}

/**
 * What one task may ask for in all, so that its made-up paths take no time of the agent from other tasks; and how many
 * refusals it gets at once.
 */
import { TokenBucket } from '../../domain/token-bucket.ts';
import type { Clock } from '../../ports/clock.ts';

/** Ten times what one path may be asked for. */
const REQUESTS = { aSecond: 400, atOnce: 600 };
const REFUSALS = { aSecond: 100, atOnce: 200 };

export class FloodGate {
  readonly #requests: TokenBucket;
  readonly #refusals: TokenBucket;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#requests = new TokenBucket(clock, REQUESTS);
    this.#refusals = new TokenBucket(clock, REFUSALS);
  }

  /** False: the request is one too many, whatever it asks for. */
  admit(): boolean {
    return this.#requests.tryTake();
  }

  /** Counts a refusal. False: it is to be given late. */
  mayRefuseAtOnce(): boolean {
    return this.#refusals.tryTake();
  }
}

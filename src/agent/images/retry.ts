/** Tries again what may get better, for a bounded time, and counts how often: users read the count. */
import { type AppError, toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';

export interface RetryPolicy {
  /** In a row without progress. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  /** No new attempt begins when this long passed since the first one, or since the last progress. */
  readonly budgetMs: number;
}

/** Counts attempts of one operation and says how long to wait before the next, or that there is none. */
export class Attempts {
  readonly #policy: RetryPolicy;
  readonly #clock: Clock;
  #since: number;
  #count = 1;
  #total = 1;

  constructor(policy: RetryPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** How often it was tried in a row, the present time included. */
  get count(): number {
    return this.#count;
  }

  /** Something was gained: the next failure is a first one again. */
  progress(): void {
    this.#count = 1;
    this.#since = this.#clock.now();
  }

  /** Waits before the next attempt; rethrows when there is to be none. */
  async next(error: unknown, signal: AbortSignal): Promise<void> {
    const failure = toAppError(error);
    const delayMs = this.#delay(failure);
    if (signal.aborted || delayMs === undefined) throw failure;
    await this.#clock.sleep(delayMs, signal);
    this.#count += 1;
    this.#total += 1;
  }

  #delay(failure: AppError): number | undefined {
    const { attempts, firstDelayMs, factor, maxDelayMs, budgetMs } = this.#policy;
    if (!failure.retryable || this.#count >= attempts || this.#total >= attempts * MAX_ROUNDS)
      return undefined;
    const asked = failure.details['retryAfterMs'];
    const backoff = Math.min(maxDelayMs, firstDelayMs * factor ** (this.#count - 1));
    const delayMs = Math.max(backoff, typeof asked === 'number' ? asked : 0);
    return this.#clock.now() - this.#since + delayMs > budgetMs ? undefined : delayMs;
  }
}

/** A transfer that always breaks after a few more bytes ends at last, too. */
const MAX_ROUNDS = 10;

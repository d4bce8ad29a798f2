/** A call to a service, each try of it bounded in time, repeated while that may help. */
import { type AppError, toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { Attempts, type RetryPolicy } from '../images/retry.ts';
import { withDeadline } from '../runner/waiting.ts';

export interface CallPolicy {
  readonly retry: RetryPolicy;
  /** For one try. */
  readonly timeoutMs: number;
}

/** What came of it, and how often it was tried. */
export type Outcome<T> =
  | { readonly attempts: number; readonly value: T }
  | { readonly attempts: number; readonly error: AppError };

/** Resolves in any case; with kind `aborted` when the signal fired. */
export async function attemptedCall<T>(
  work: (signal: AbortSignal) => Promise<T>,
  policy: CallPolicy,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  const attempts = new Attempts(policy.retry, clock);
  for (;;) {
    try {
      return { attempts: attempts.count, value: await withDeadline(clock, policy.timeoutMs, signal, work) };
    } catch (failure) {
      const error = await attempts.next(failure, signal).then(() => undefined, toAppError);
      if (error !== undefined) return { attempts: attempts.count, error };
    }
  }
}

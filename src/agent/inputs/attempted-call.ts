/** A call to a service, each try of it bounded in time, repeated while that may help. */
import { type AppError, toAppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { Attempts, type RetryPolicy } from '../images/retry.ts';
import { withDeadline } from '../waiting.ts';

export interface CallPolicy {
  readonly retry: RetryPolicy;
  /** For one try. */
  readonly timeoutMs: number;
}

/** What came of it, and how often it was tried. */
export type Outcome<T> =
  | { readonly attempts: number; readonly value: T }
  | { readonly attempts: number; readonly error: AppError };

export const DEFAULT_CALLS = callPolicy({ attempts: 3, timeoutMs: 10_000 });

/** How long a control plane may be away that starts again: what breaks off meanwhile counts as no attempt. */
const RESTART: RetryPolicy = {
  attempts: 60,
  firstDelayMs: 200,
  factor: 2,
  maxDelayMs: 2000,
  budgetMs: 20_000,
};

/** As AWS's clients do it. */
export function callPolicy(settings: { readonly attempts: number; readonly timeoutMs: number }): CallPolicy {
  const { attempts, timeoutMs } = settings;
  const budgetMs = attempts * (timeoutMs + 2000);
  return { retry: { attempts, firstDelayMs: 200, factor: 2, maxDelayMs: 2000, budgetMs }, timeoutMs };
}

/** Resolves in any case; with kind `aborted` when the signal fired. */
export async function attemptedCall<T>(
  work: (signal: AbortSignal) => Promise<T>,
  policy: CallPolicy,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome<T>> {
  const attempts = new Attempts(policy.retry, clock);
  const restart = new Attempts(RESTART, clock);
  for (;;) {
    try {
      return { attempts: attempts.count, value: await withDeadline(clock, policy.timeoutMs, signal, work) };
    } catch (failure) {
      const waits = isBrokenOff(toAppError(failure)) ? restart : attempts;
      const error = await waits.next(failure, signal).then(() => undefined, toAppError);
      if (error !== undefined) return { attempts: attempts.count, error };
    }
  }
}

/** The way to the service is there, and the service is not: a fault of the platform, not of the task's network. */
function isBrokenOff({ kind, details }: AppError): boolean {
  const { awsCode, status, address, syscallCode } = details;
  return kind === 'unavailable' && (awsCode ?? status ?? address ?? syscallCode) === undefined;
}

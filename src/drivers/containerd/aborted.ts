/** A fired signal as an AppError. */
import { AppError } from '../../domain/errors.ts';

export function abortedError(signal: AbortSignal | undefined): AppError {
  const reason: unknown = signal?.reason;
  return reason instanceof AppError
    ? reason
    : new AppError('aborted', 'the call was cancelled', { cause: reason });
}

/** Throws `aborted` when the signal has fired. */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

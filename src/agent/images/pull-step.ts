/** Notes at which step of a pull, and in which attempt, an error came up; the innermost note wins. */
import { AppError, toAppError } from '../../domain/errors.ts';
import type { PullAttempt, PullStep } from './pull-failure.ts';

/** Runs `work`; `attempted` tells how often it was tried by now. */
export async function atStep<T>(
  step: PullStep,
  work: (attempted: (count: number) => void) => Promise<T>,
): Promise<T> {
  let attempts = 1;
  try {
    return await work((count) => {
      attempts = count;
    });
  } catch (error) {
    throw noted(error, { step, attempts });
  }
}

/** What was noted; `copy` where nothing was. */
export function stepOf(error: unknown): PullAttempt {
  const note = error instanceof AppError ? error.details['pull'] : undefined;
  return (note as PullAttempt | undefined) ?? { step: 'copy', attempts: 1 };
}

function noted(error: unknown, pull: PullAttempt): AppError {
  const failure = toAppError(error);
  if (failure.details['pull'] !== undefined) return failure;
  return new AppError(failure.kind, failure.message, {
    cause: failure,
    details: { ...failure.details, pull },
  });
}

/** The refusal of data that this release cannot run on, however often it is started. */
import { AppError } from '../../domain/errors.ts';

const REFUSED = { refused: 'format' };

export function formatRefused(message: string): AppError {
  return new AppError('failed-precondition', message, { details: REFUSED });
}

export function isFormatRefused(error: unknown): error is AppError {
  return error instanceof AppError && error.details['refused'] === REFUSED.refused;
}

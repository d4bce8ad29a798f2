/** The SDK's schemas do not tell integers from other numbers; ECS has no others in its requests. */
import { ApiError } from '../../domain/errors.ts';

const MAX_INTEGER = 2 ** 31 - 1;

/** Throws SerializationException for a number anywhere in the input that is not a 32-bit integer. */
export function checkWholeNumbers(input: unknown): void {
  if (typeof input === 'number') {
    if (Number.isInteger(input) && Math.abs(input) <= MAX_INTEGER) return;
    throw new ApiError('SerializationException', 'NUMBER_VALUE can not be converted to an Integer');
  }
  if (Array.isArray(input)) input.forEach(checkWholeNumbers);
  else if (typeof input === 'object' && input !== null) Object.values(input).forEach(checkWholeNumbers);
}

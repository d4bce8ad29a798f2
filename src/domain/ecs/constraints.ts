/**
 * Refusals in the words of the service's generic validation. They serve enums and, where AWS's own words for a rule
 * are not on record, every other limit as well. Paths name members as the request has them.
 */
import { ApiError } from '../errors.ts';

/** The exception that carries the refusal: registration of definitions has its own, and IAM. */
export type RefusalCode =
  | 'ClientException'
  | 'InvalidParameterException'
  | 'ValidationException'
  | 'ValidationError';

const SHOWN_VALUE_LENGTH = 100;

/** `1 validation error detected: Value 'x' at 'path' failed to satisfy constraint: …` */
export function constraintError(
  code: RefusalCode,
  path: string,
  value: string | number | undefined,
  constraint: string,
): ApiError {
  const shown = value === undefined ? 'null' : `'${String(value).slice(0, SHOWN_VALUE_LENGTH)}'`;
  const text = `1 validation error detected: Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
  return new ApiError(code, text);
}

/** Refuses a value that is there and not in the set. */
export function checkEnum(
  code: RefusalCode,
  path: string,
  value: string | undefined,
  allowed: readonly string[],
): void {
  if (value === undefined || allowed.includes(value)) return;
  throw constraintError(
    code,
    path,
    value,
    `Member must satisfy enum value set: [${[...allowed].sort().join(', ')}]`,
  );
}

/** Refuses a number that is there and outside of the range. */
export function checkRange(
  code: RefusalCode,
  path: string,
  value: number | undefined,
  range: { readonly min: number; readonly max: number },
): void {
  if (value === undefined) return;
  if (value < range.min) {
    throw constraintError(code, path, value, `Member must have value greater than or equal to ${range.min}`);
  }
  if (value > range.max) {
    throw constraintError(code, path, value, `Member must have value less than or equal to ${range.max}`);
  }
}

/** Refuses a text or list that is there and longer. */
export function checkLength(
  code: RefusalCode,
  path: string,
  value: string | readonly unknown[] | undefined,
  max: number,
): void {
  if (value === undefined || value.length <= max) return;
  const shown = typeof value === 'string' ? value : `list of ${value.length}`;
  throw constraintError(code, path, shown, `Member must have length less than or equal to ${max}`);
}

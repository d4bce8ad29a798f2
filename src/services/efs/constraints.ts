/** The limits that EFS's API model puts on members, refused in the words of AWS's generic validation. */
import { checkEnum as checkEnumOf, constraintError } from '../../domain/ecs/constraints.ts';
import type { ApiError } from '../../domain/errors.ts';

const CODE = 'ValidationException';

/** Of tokens that make a request one that may be repeated. */
export const CLIENT_TOKEN: TextRules = { min: 1, max: 64, pattern: '.+' };

export interface TextRules {
  readonly min?: number;
  readonly max?: number;
  /** As the message shows it. */
  readonly pattern?: string;
}

/** Refuses a text that is there and does not keep the rules. `path`: as in `tags.1.member.key`. */
export function checkText(path: string, value: string | undefined, rules: TextRules): void {
  if (value === undefined) return;
  const { min = 0, max = Number.POSITIVE_INFINITY, pattern } = rules;
  if (value.length < min) {
    throw refused(path, value, `Member must have length greater than or equal to ${min}`);
  }
  if (value.length > max) throw refused(path, value, `Member must have length less than or equal to ${max}`);
  if (pattern !== undefined && !fits(value, pattern)) {
    throw refused(path, value, `Member must satisfy regular expression pattern: ${pattern}`);
  }
}

function fits(value: string, pattern: string): boolean {
  // '.+' would let them in, and no key of a store should have one.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f]/.test(value)) return false;
  // One of the model's patterns is none in JavaScript's mode for Unicode, others need it.
  return new RegExp(pattern, pattern.includes('\\p{') ? 'u' : '').test(value);
}

/** Refuses a value that is there and not in the set. */
export function checkEnum(path: string, value: string | undefined, allowed: readonly string[]): void {
  checkEnumOf(CODE, path, value, allowed);
}

/** Refuses what is not there, for members that the schema does not require. */
export function required<T>(path: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw refused(path, undefined, 'Member must not be null');
}

/** Refuses a number that is there and outside of the range, or has a fraction. */
export function checkInteger(
  path: string,
  value: number | undefined,
  range: { readonly min: number; readonly max?: number },
): void {
  if (value === undefined) return;
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  if (value < min) throw refused(path, value, `Member must have value greater than or equal to ${min}`);
  if (value > max) throw refused(path, value, `Member must have value less than or equal to ${max}`);
  if (!Number.isInteger(value)) throw refused(path, value, 'Member must be an integer');
}

export function refused(path: string, value: string | number | undefined, constraint: string): ApiError {
  return constraintError(CODE, path, value, constraint);
}

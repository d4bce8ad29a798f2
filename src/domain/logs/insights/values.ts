/** How values of rows are compared and calculated with. */
import { numberOf, textOf, Time, type Value } from './row.ts';

/** Whether a condition holds. */
export function isTrue(value: Value): boolean {
  return value !== undefined && value !== false && value !== '' && value !== 0;
}

/** Undefined where one of them is no number. */
export function calculated(apply: (one: number, other: number) => number, one: Value, other: Value): Value {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left === undefined || right === undefined) return undefined;
  const result = apply(left, right);
  return Number.isFinite(result) ? result : undefined;
}

/** The time at which the period of a time began. */
export function floored(value: Value, ms: number): Value {
  const number = numberOf(value);
  return number === undefined ? undefined : new Time(Math.floor(number / ms) * ms);
}

export function compares(sign: string, one: Value, other: Value): boolean {
  if (one === undefined || other === undefined) return sign === '!=';
  const order = orderOf(one, other);
  switch (sign) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Numbers by their size, all else as texts; what is missing comes first. */
export function orderOf(one: Value, other: Value): number {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined && right !== undefined) return left - right;
  const [first = '', second = ''] = [textOf(one), textOf(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

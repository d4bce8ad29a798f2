/** How a condition of a filter pattern compares a field or a JSON value with its operand. */
import { invalidPattern, type Operand, type Operator, type Predicate } from './pattern-scanner.ts';

export interface Scalar {
  readonly text: string;
  /** Present when the value is a number. */
  readonly number: number | undefined;
}

/** The test that a condition makes; throws for `<` and its like without a number. */
export function comparison(operator: Operator, operand: Operand): Predicate<Scalar> {
  if (operator === '=') return equality(operand);
  if (operator === '!=') {
    const equal = equality(operand);
    return (scalar) => !equal(scalar);
  }
  if (operand.kind !== 'number') throw invalidPattern();
  const holds = ORDERS[operator];
  return ({ number }) => number !== undefined && holds(number, operand.value);
}

const ORDERS: Readonly<Record<'<' | '>' | '<=' | '>=', (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

function equality(operand: Operand): Predicate<Scalar> {
  if (operand.kind === 'regex') return ({ text }) => operand.test(text);
  if (operand.kind === 'number') {
    return ({ text, number }) => (number === undefined ? text === operand.text : number === operand.value);
  }
  const matches = wildcard(operand.text);
  return ({ text }) => matches(text);
}

/** An asterisk at the start, the end or both stands for any text; one in the middle for itself. */
function wildcard(pattern: string): Predicate<string> {
  if (/^\*+$/.test(pattern)) return () => true;
  const opens = pattern.startsWith('*');
  const closes = pattern.endsWith('*');
  const core = pattern.slice(opens ? 1 : 0, closes ? -1 : undefined);
  if (opens && closes) return (text) => text.includes(core);
  if (opens) return (text) => text.endsWith(core);
  if (closes) return (text) => text.startsWith(core);
  return (text) => text === core;
}

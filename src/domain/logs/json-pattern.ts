/**
 * Filter patterns for JSON messages: `{ $.user.id = 1 && ($.list[0] = "x*" || $.flag IS TRUE) }`.
 * A selector that leads to an object, an array or nowhere matches nothing but NOT EXISTS.
 */
import { comparison, type Scalar } from './compare-value.ts';
import { invalidPattern, PatternScanner, type Predicate } from './pattern-scanner.ts';

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'any' };

const MAX_WILDCARDS = 3;

/** Compiles what stands between the braces. */
export function compileJsonPattern(body: string): Predicate<string> {
  const scanner = new PatternScanner(body);
  let wildcards = 0;
  const matches = scanner.expression<unknown>(() => {
    const steps = selector(scanner);
    wildcards += steps.filter(({ kind }) => kind === 'any').length;
    if (wildcards > MAX_WILDCARDS) throw invalidPattern();
    return condition(scanner, steps);
  });
  if (!scanner.atEnd) throw invalidPattern();
  return (message) => {
    const value = parseObject(message);
    return value !== undefined && matches(value);
  };
}

/** Messages that are not JSON objects or arrays match no JSON pattern. */
function parseObject(message: string): unknown {
  // Most messages of most programs are not JSON: told from their first character, without an exception.
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as unknown;
  } catch {
    return undefined;
  }
}

function selector(scanner: PatternScanner): Step[] {
  scanner.expect('$');
  const steps: Step[] = [];
  for (let step = nextStep(scanner); step !== undefined; step = nextStep(scanner)) steps.push(step);
  if (steps.length === 0 || steps.filter(({ kind }) => kind === 'any').length > 1) throw invalidPattern();
  return steps;
}

function nextStep(scanner: PatternScanner): Step | undefined {
  const dot = scanner.takeHere('.');
  if (scanner.takeHere('[')) return bracketStep(scanner);
  if (!dot) return undefined;
  if (scanner.takeHere('*')) return { kind: 'any' };
  const name = scanner.match(/[\p{L}\p{N}_-]+/uy);
  if (name === undefined) throw invalidPattern();
  return { kind: 'member', name };
}

function bracketStep(scanner: PatternScanner): Step {
  const quoted = scanner.quoted() ?? scanner.match(/'([^']*)'/y);
  const index = quoted === undefined ? scanner.match(/\d+|\*/y) : undefined;
  if (!scanner.takeHere(']')) throw invalidPattern();
  if (quoted !== undefined) return { kind: 'member', name: quoted };
  if (index === undefined) throw invalidPattern();
  return index === '*' ? { kind: 'any' } : { kind: 'index', index: Number(index) };
}

function condition(scanner: PatternScanner, steps: readonly Step[]): Predicate<unknown> {
  scanner.skipSpace();
  if (scanner.match(/NOT\s+EXISTS\b/iy) !== undefined) return (root) => select(root, steps).length === 0;
  const word = scanner.match(/IS\s+(NULL|TRUE|FALSE)\b/iy)?.toUpperCase();
  if (word !== undefined) {
    const wanted = word === 'NULL' ? null : word === 'TRUE';
    return (root) => select(root, steps).includes(wanted);
  }
  const operator = scanner.operator();
  if (operator === undefined) throw invalidPattern();
  const test = comparison(operator, scanner.operand());
  return (root) =>
    select(root, steps).some((value) => {
      const scalar = asScalar(value);
      return scalar !== undefined && test(scalar);
    });
}

/** Every value that the selector leads to: none, one, or with a wildcard many. */
function select(root: unknown, steps: readonly Step[]): unknown[] {
  let found: unknown[] = [root];
  for (const step of steps) found = found.flatMap((value) => follow(value, step));
  return found;
}

function follow(value: unknown, step: Step): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step.kind === 'any') return Object.values(value);
  if (step.kind === 'index')
    return Array.isArray(value) && step.index < value.length ? [value[step.index]] : [];
  if (Array.isArray(value) || !Object.hasOwn(value, step.name)) return [];
  return [(value as Record<string, unknown>)[step.name]];
}

function asScalar(value: unknown): Scalar | undefined {
  if (typeof value === 'string') return { text: value, number: undefined };
  if (typeof value === 'number') return { text: String(value), number: value };
  if (typeof value === 'boolean') return { text: String(value), number: undefined };
  return undefined;
}

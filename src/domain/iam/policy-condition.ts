/**
 * Operators of conditions in policies. A key that the request does not have fails a condition, unless the operator
 * says `…IfExists`, is a negation, or asks `ForAllValues`.
 */
import { containsAddress, networkOf, parseIpv4 } from '../network/cidr.ts';
import { contextValues, matchesPattern, matchesText, type PolicyContext } from './policy-pattern.ts';

/** One operator and key; a statement applies when all of its conditions hold. */
export interface PolicyCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** `wanted` stands in the policy, `actual` in the request. */
type Comparison = (wanted: string, actual: string, context: PolicyContext) => boolean;

interface Operator {
  readonly compare: Comparison;
  readonly negated: boolean;
}

interface NamedOperator extends Operator {
  readonly quantifier?: 'ForAllValues' | 'ForAnyValue';
  readonly ifExists: boolean;
}

const ignoringCase: Comparison = (wanted, actual, context) =>
  matchesText(wanted, actual, context, { ignoreCase: true });

const COMPARISONS: Readonly<Record<string, Operator>> = {
  ...withNegation('StringEquals', 'StringNotEquals', matchesText),
  ...withNegation('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', ignoringCase),
  ...withNegation('StringLike', 'StringNotLike', matchesPattern),
  ...withNegation('ArnEquals', 'ArnNotEquals', matchesArn),
  ...withNegation('ArnLike', 'ArnNotLike', matchesArn),
  ...withNegation('IpAddress', 'NotIpAddress', isInRange),
  Bool: plain((wanted, actual) => wanted.toLowerCase() === actual.toLowerCase()),
  BinaryEquals: plain((wanted, actual) => wanted === actual),
  ...ordered('Numeric', (text) => (text.trim() === '' ? Number.NaN : Number(text))),
  ...ordered('Date', timeOf),
};

/** True for the name of an operator, with its quantifier and `IfExists`. */
export function isConditionOperator(name: string): boolean {
  return isNull(name) || operatorNamed(name) !== undefined;
}

/** Throws RangeError for an operator that there is not. */
export function holds(condition: PolicyCondition, context: PolicyContext): boolean {
  const { operator: name, key, values } = condition;
  const actual = contextValues(context, key);
  if (isNull(name))
    return values.some((value) => (value.toLowerCase() === 'true') === (actual === undefined));
  const operator = operatorNamed(name);
  if (operator === undefined) throw new RangeError(`no operator ${name}`);
  const { compare, negated, quantifier, ifExists } = operator;
  const isWanted = (one: string): boolean =>
    values.some((wanted) => compare(wanted, one, context)) !== negated;
  if (quantifier === 'ForAllValues') return (actual ?? []).every(isWanted);
  if (actual === undefined) return ifExists || (negated && quantifier === undefined);
  // Several values against a plain negation: none may be among the policy's.
  return negated && quantifier === undefined ? actual.every(isWanted) : actual.some(isWanted);
}

function isNull(name: string): boolean {
  return name.toLowerCase() === 'null';
}

function operatorNamed(name: string): NamedOperator | undefined {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/i.exec(name);
  const [, quantifier, base = '', ifExists] = match ?? [];
  const found = Object.entries(COMPARISONS).find(([known]) => known.toLowerCase() === base.toLowerCase());
  if (found === undefined) return undefined;
  return {
    ...found[1],
    ifExists: ifExists !== undefined,
    ...(quantifier !== undefined && {
      quantifier: quantifier.toLowerCase() === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue',
    }),
  };
}

function plain(compare: Comparison): Operator {
  return { compare, negated: false };
}

function withNegation(name: string, opposite: string, compare: Comparison): Record<string, Operator> {
  return { [name]: plain(compare), [opposite]: { compare, negated: true } };
}

/** What is not of the kind is never equal, smaller or greater. */
function ordered(prefix: string, parse: (text: string) => number): Record<string, Operator> {
  const by = (test: (wanted: number, actual: number) => boolean): Comparison => {
    return (wanted, actual) => test(parse(wanted), parse(actual));
  };
  return {
    ...withNegation(
      `${prefix}Equals`,
      `${prefix}NotEquals`,
      by((wanted, actual) => actual === wanted),
    ),
    [`${prefix}LessThan`]: plain(by((wanted, actual) => actual < wanted)),
    [`${prefix}LessThanEquals`]: plain(by((wanted, actual) => actual <= wanted)),
    [`${prefix}GreaterThan`]: plain(by((wanted, actual) => actual > wanted)),
    [`${prefix}GreaterThanEquals`]: plain(by((wanted, actual) => actual >= wanted)),
  };
}

/** Seconds since 1970, or a date and time of ISO 8601. */
function timeOf(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
}

/** Each of the six parts by itself: a `*` does not reach over a colon, except in the last. */
function matchesArn(wanted: string, actual: string, context: PolicyContext): boolean {
  const patterns = arnParts(wanted);
  const parts = arnParts(actual);
  return (
    patterns.length === parts.length &&
    patterns.every((pattern, index) => matchesPattern(pattern, parts[index] ?? '', context))
  );
}

function arnParts(text: string): readonly string[] {
  const parts = text.split(/:(?![^{]*\})/);
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** IPv4 only. A range may name any of its addresses. */
function isInRange(wanted: string, actual: string): boolean {
  const [address = '', bits = '32'] = wanted.split('/');
  if (parseIpv4(address) === undefined || !/^(\d|[12]\d|3[0-2])$/.test(bits)) return false;
  return containsAddress(networkOf(address, Number(bits)), actual);
}

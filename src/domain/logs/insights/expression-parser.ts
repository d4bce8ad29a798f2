/**
 * Expressions of queries, as functions of a row: by recursive descent, the weakest binding first. Comparisons with a
 * field that a row does not have are false, but `!=`, `not like` and `not in` are true.
 */
import { AGGREGATES, type Aggregate, FUNCTIONS } from './functions.ts';
import { malformedQuery } from './query-error.ts';
import type { GroupsSlot, RegexSlot } from './regex-slots.ts';
import { type Row, textOf, type Value } from './row.ts';
import { type Token, tokensOf } from './tokens.ts';
import { calculated, compares, floored, isTrue } from './values.ts';

export type Evaluate = (row: Row) => Value;

/** An aggregate within an expression of `stats`: its result is a field of the group's row under this name. */
export interface AggregateSlot {
  readonly field: string;
  readonly value: Evaluate;
  readonly make: () => Aggregate;
}

export interface Item {
  readonly value: Evaluate;
  /** Its alias, else its text. */
  readonly name: string;
  /** Says more than the name of a field. */
  readonly isNew: boolean;
}

const PERIOD_MS: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 },
};
const ARITHMETIC: Readonly<Record<string, (one: number, other: number) => number>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
  '%': (one, other) => one % other,
};
const COMPARISONS = new Set(['=', '!=', '<', '<=', '>', '>=']);
const DEEPEST = 100;

export class ExpressionParser {
  readonly regexes: RegexSlot[] = [];
  readonly groups: GroupsSlot[] = [];
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #aggregates: AggregateSlot[] | undefined;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokensOf(query);
  }

  get next(): Token {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1) ?? { kind: 'end', text: '', from: 0, until: 0 };
  }

  take(): Token {
    const token = this.next;
    this.#at += 1;
    return token;
  }

  /** Takes a word or a sign if it comes next. */
  takeIf(...texts: readonly string[]): boolean {
    const { kind, text } = this.next;
    const isNext = (kind === 'word' || kind === 'sign') && texts.includes(text.toLowerCase());
    if (isNext) this.#at += 1;
    return isNext;
  }

  expect(text: string): void {
    if (!this.takeIf(text)) throw this.unexpected();
  }

  unexpected(token = this.next): Error {
    const { text, from, until } = token;
    return malformedQuery(`unexpected symbol found ${text} at position ${from}`, from, until);
  }

  /** One after the other, with commas between. */
  list<T>(one: () => T): T[] {
    const all = [one()];
    while (this.takeIf(',')) all.push(one());
    return all;
  }

  /** An expression with its name; in `stats`, with the aggregates that are in it. */
  item(aggregates?: AggregateSlot[]): Item {
    const { from } = this.next;
    const isPlain = this.next.kind === 'word' || this.next.kind === 'name';
    const first = this.#at;
    this.#aggregates = aggregates;
    const value = this.expression();
    this.#aggregates = undefined;
    const last = this.#tokens[this.#at - 1];
    const isField = isPlain && this.#at === first + 1;
    const written = isField ? (last?.text ?? '') : this.#query.slice(from, last?.until);
    if (!this.takeIf('as')) return { value, name: written, isNew: !isField };
    return { value, name: this.name(), isNew: true };
  }

  name(): string {
    const { kind, text } = this.next;
    if (kind !== 'word' && kind !== 'name') throw this.unexpected();
    this.take();
    return text;
  }

  expression(): Evaluate {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw this.unexpected();
    let left = this.#conjunction();
    while (this.takeIf('or')) {
      const [one, other] = [left, this.#conjunction()];
      left = (row) => isTrue(one(row)) || isTrue(other(row));
    }
    this.#depth -= 1;
    return left;
  }

  #conjunction(): Evaluate {
    let left = this.#negation();
    while (this.takeIf('and')) {
      const [one, other] = [left, this.#negation()];
      left = (row) => isTrue(one(row)) && isTrue(other(row));
    }
    return left;
  }

  #negation(): Evaluate {
    let negated = false;
    while (this.takeIf('not')) negated = !negated;
    const value = this.#comparison();
    return negated ? (row) => !isTrue(value(row)) : value;
  }

  #comparison(): Evaluate {
    const left = this.#sum();
    const { kind, text } = this.next;
    if (kind === 'sign' && COMPARISONS.has(text)) {
      this.take();
      const right = this.#sum();
      return (row) => compares(text, left(row), right(row));
    }
    const negated = this.takeIf('not');
    const test = this.#membership();
    if (test === undefined) {
      if (negated) throw this.unexpected();
      return left;
    }
    return (row) => test(left(row), row) !== negated;
  }

  /** What stands behind `like`, `=~` or `in`; undefined without one. */
  #membership(): ((value: Value, row: Row) => boolean) | undefined {
    if (this.takeIf('like', '=~')) {
      const token = this.take();
      if (token.kind === 'text') return (value) => textOf(value)?.includes(token.text) ?? false;
      if (token.kind !== 'regex') throw this.unexpected(token);
      const slot: RegexSlot = { pattern: token.text, from: token.from, test: () => false };
      this.regexes.push(slot);
      return (value) => {
        const shown = textOf(value);
        return shown !== undefined && slot.test(shown);
      };
    }
    if (!this.takeIf('in')) return undefined;
    this.expect('[');
    const values = this.list(() => this.#sum());
    this.expect(']');
    return (value, row) => values.some((one) => compares('=', value, one(row)));
  }

  #sum(): Evaluate {
    return this.#leftToRight(['+', '-'], () => this.#leftToRight(['*', '/', '%'], () => this.#single()));
  }

  #leftToRight(signs: readonly string[], operand: () => Evaluate): Evaluate {
    let left = operand();
    for (;;) {
      const { text } = this.next;
      if (!this.takeIf(...signs)) return left;
      const [one, other] = [left, operand()];
      const apply = ARITHMETIC[text] ?? (() => Number.NaN);
      left = (row) => calculated(apply, one(row), other(row));
    }
  }

  #single(): Evaluate {
    const token = this.take();
    if (token.kind === 'number') return constant(Number(token.text));
    if (token.kind === 'text') return constant(token.text);
    if (token.kind === 'name') return (row) => row.get(token.text);
    if (token.kind === 'sign' && token.text === '(') {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (token.kind === 'sign' && token.text === '-') {
      const value = this.#single();
      return (row) => calculated(ARITHMETIC['-'] ?? (() => 0), 0, value(row));
    }
    if (token.kind !== 'word') throw this.unexpected(token);
    return this.takeIf('(') ? this.#call(token) : (row) => row.get(token.text);
  }

  #call(token: Token): Evaluate {
    const name = token.text.toLowerCase();
    if (AGGREGATES.has(name)) return this.#aggregate(token);
    if (name === 'bin') {
      const ms = this.#period();
      this.expect(')');
      const field = this.#since(token);
      return (row) => row.get(field) ?? floored(row.get('@timestamp'), ms);
    }
    if (name === 'datefloor') {
      const value = this.expression();
      this.expect(',');
      const ms = this.#period();
      this.expect(')');
      return (row) => floored(value(row), ms);
    }
    const known = FUNCTIONS.get(name);
    if (known === undefined) throw this.unexpected(token);
    const values = this.list(() => this.expression());
    this.expect(')');
    if (values.length < known.least || values.length > known.most) {
      throw malformedQuery(`Invalid arguments for: ${token.text}`, token.from, token.until);
    }
    return (row) => known.apply(values.map((value) => value(row)));
  }

  #aggregate(token: Token): Evaluate {
    const name = token.text.toLowerCase();
    let value: Evaluate = constant(1);
    let parameter = 0;
    const isAll = name === 'count' && (this.next.text === ')' || this.takeIf('*'));
    if (!isAll) {
      value = this.expression();
      if (name === 'pct' || name === 'percentile') {
        this.expect(',');
        const percent = this.take();
        if (percent.kind !== 'number' || Number(percent.text) > 100) throw this.unexpected(percent);
        parameter = Number(percent.text);
      }
    }
    this.expect(')');
    const make = AGGREGATES.get(name);
    const slots = this.#aggregates;
    // Elsewhere it is what an earlier `stats` has called so.
    if (slots === undefined || make === undefined) {
      const field = this.#since(token);
      return (row) => row.get(field);
    }
    const field = `\0${slots.length}`;
    slots.push({ field, value, make: () => make(parameter) });
    return (row) => row.get(field);
  }

  /** The query's text from a token on: what `stats` calls an expression without an alias. */
  #since({ from }: Token): string {
    return this.#query.slice(from, this.#tokens[this.#at - 1]?.until);
  }

  #period(): number {
    const { kind, text, from, until } = this.take();
    const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h|d|w)/.exec(text) ?? [];
    const ms = Number(count) * (PERIOD_MS[unit] ?? 0);
    if (kind !== 'period' || /^\d+mo/.test(text) || ms <= 0) {
      throw malformedQuery(`Invalid time period: ${text}`, from, until);
    }
    return ms;
  }
}

function constant(value: Value): Evaluate {
  return () => value;
}

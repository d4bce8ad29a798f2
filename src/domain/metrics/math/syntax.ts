/**
 * Reads metric math. Operators by how closely they bind: `^`, then the sign of a number, `* /`, `+ -`, comparisons,
 * AND, OR. Names that begin with a capital are functions and constants, others are ids of queries.
 */
import { ExpressionError } from './expression-error.ts';
import { type Token, tokensOf } from './tokens.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'id'; readonly id: string }
  /** A word that a function takes, as `REPEAT`. */
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'minus'; readonly of: Expression }
  | {
      readonly kind: 'operation';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

export type Operator = '+' | '-' | '*' | '/' | '^' | '==' | '!=' | '<' | '>' | '<=' | '>=' | 'AND' | 'OR';

/** Loosest first. */
const LEVELS: readonly (readonly Operator[])[] = [
  ['OR'],
  ['AND'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
];

const SYNONYMS: Readonly<Record<string, Operator>> = { '&&': 'AND', '||': 'OR' };
const MAX_DEPTH = 50;

/** Throws ExpressionError. */
export function parseExpression(text: string): Expression {
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#peek().kind !== 'end') throw unexpected(this.#peek());
    return expression;
  }

  #level(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#signed();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = operatorOf(this.#peek());
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#take();
      left = { kind: 'operation', operator, left, right: this.#level(level + 1) };
    }
  }

  #signed(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError('The expression is nested too deeply');
    const expression: Expression = this.#isNext('-')
      ? (this.#take(), { kind: 'minus', of: this.#signed() })
      : this.#power();
    this.#depth--;
    return expression;
  }

  /** From right to left: 2^3^2 is 2^9. */
  #power(): Expression {
    const base = this.#operand();
    if (!this.#isNext('^')) return base;
    this.#take();
    return { kind: 'operation', operator: '^', left: base, right: this.#signed() };
  }

  #operand(): Expression {
    const token = this.#take();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'text':
        return { kind: 'text', value: token.text.slice(1, -1) };
      case 'name':
        return this.#named(token);
      case 'sign':
        if (token.text === '(') return this.#until(')', this.#level(0));
        if (token.text === '[') return { kind: 'list', items: this.#list(']') };
        throw unexpected(token);
      case 'end':
        throw unexpected(token);
    }
  }

  #named({ text }: Token): Expression {
    if (this.#isNext('(')) {
      this.#take();
      return { kind: 'call', name: text.toUpperCase(), args: this.#list(')') };
    }
    return /^[a-z]/.test(text) ? { kind: 'id', id: text } : { kind: 'word', word: text };
  }

  /** What stands between commas, up to and with the closing sign. */
  #list(closing: string): readonly Expression[] {
    const items: Expression[] = [];
    if (this.#isNext(closing)) {
      this.#take();
      return items;
    }
    for (;;) {
      items.push(this.#level(0));
      const token = this.#take();
      if (token.kind === 'sign' && token.text === closing) return items;
      if (token.kind !== 'sign' || token.text !== ',') throw unexpected(token);
    }
  }

  #until(closing: string, expression: Expression): Expression {
    const token = this.#take();
    if (token.kind !== 'sign' || token.text !== closing) throw unexpected(token);
    return expression;
  }

  #isNext(sign: string): boolean {
    const { kind, text } = this.#peek();
    return kind === 'sign' && text === sign;
  }

  /** The last token, the end, is there for ever. */
  #peek(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1);
    if (token === undefined) throw new ExpressionError('The expression is empty');
    return token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }
}

function operatorOf({ kind, text }: Token): Operator | undefined {
  if (kind === 'name') return text === 'AND' || text === 'OR' ? text : undefined;
  if (kind !== 'sign') return undefined;
  return SYNONYMS[text] ?? LEVELS.flat().find((operator) => operator === text);
}

function unexpected({ kind, text, at }: Token): ExpressionError {
  return new ExpressionError(
    kind === 'end' ? 'Unexpected end of expression' : `Unexpected token '${text}' at position ${at + 1}`,
  );
}

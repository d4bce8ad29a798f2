/** The words of metric math: numbers, texts in either quotes, names, signs. */
import { ExpressionError } from './expression-error.ts';

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  readonly text: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

const BLANK = /\s+/y;
const WORDS: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['number', /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['name', /[A-Za-z_]\w*/y],
  ['text', /"[^"]*"|'[^']*'/y],
  ['sign', /==|!=|<=|>=|&&|\|\||[-+*/^(),[\]<>]/y],
];

/** Throws ExpressionError for a character that begins no word. */
export function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    const blank = matchAt(BLANK, expression, at);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = tokenAt(expression, at);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { kind: 'end', text: '', at }];
}

function tokenAt(expression: string, at: number): Token {
  for (const [kind, pattern] of WORDS) {
    const text = matchAt(pattern, expression, at);
    if (text !== undefined) return { kind, text, at };
  }
  throw new ExpressionError(`Unexpected character '${expression.charAt(at)}' at position ${at + 1}`);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

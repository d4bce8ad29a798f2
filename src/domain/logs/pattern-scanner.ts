/** Reads a filter pattern from left to right. Whatever does not fit is AWS's InvalidParameterException. */
import { ApiError } from '../errors.ts';
import { compileRegex } from './filter-regex.ts';

/** What a condition compares with. */
export type Operand =
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly test: (text: string) => boolean };

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=';

export type Predicate<T> = (subject: T) => boolean;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MAX_REGEXES = 2;

export function invalidPattern(message = 'Invalid filter pattern'): ApiError {
  return new ApiError('InvalidParameterException', message);
}

/** The number that a text is as a whole, or undefined. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

export class PatternScanner {
  readonly #text: string;
  #at = 0;
  #regexes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    this.skipSpace();
    return this.#at >= this.#text.length;
  }

  skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  /** Takes this text if it is next (spaces before it are skipped). */
  take(text: string): boolean {
    this.skipSpace();
    return this.takeHere(text);
  }

  /** As `take`, without skipping spaces. */
  takeHere(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw invalidPattern();
  }

  /** Takes what a sticky expression matches here; its first group, or all of it. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[1] ?? match[0];
  }

  /** A quoted text without its quotes, or undefined. */
  quoted(): string | undefined {
    return this.match(/"((?:[^"\\]|\\[^])*)"/y)?.replace(/\\([^])/g, '$1');
  }

  /** A regular expression between percent signs, or undefined. */
  regex(): ((text: string) => boolean) | undefined {
    const source = this.match(/%([^%]*)%/y);
    if (source === undefined) return undefined;
    this.#regexes += 1;
    const test = compileRegex(source);
    if (test === undefined || this.#regexes > MAX_REGEXES) throw invalidPattern();
    return test;
  }

  operator(): Operator | undefined {
    this.skipSpace();
    const operator = this.match(/>=|<=|!=|=!|=|<|>/y);
    // An older way to write it, still in AWS's own examples.
    return operator === '=!' ? '!=' : (operator as Operator | undefined);
  }

  operand(): Operand {
    this.skipSpace();
    const quoted = this.quoted();
    if (quoted !== undefined) return { kind: 'text', text: quoted };
    const test = this.regex();
    if (test !== undefined) return { kind: 'regex', test };
    const text = this.match(/[\p{L}\p{N}_.*:/@+#-]+/uy);
    if (text === undefined) throw invalidPattern();
    const value = parseNumber(text);
    return value === undefined ? { kind: 'text', text } : { kind: 'number', value, text };
  }

  /** `a || b && (c || d)`, where `condition` reads what stands between the operators. */
  expression<T>(condition: () => Predicate<T>): Predicate<T> {
    const alternatives = [this.#conjunction(condition)];
    while (this.take('||')) alternatives.push(this.#conjunction(condition));
    return (subject) => alternatives.some((test) => test(subject));
  }

  #conjunction<T>(condition: () => Predicate<T>): Predicate<T> {
    const parts = [this.#unit(condition)];
    while (this.take('&&')) parts.push(this.#unit(condition));
    return (subject) => parts.every((test) => test(subject));
  }

  #unit<T>(condition: () => Predicate<T>): Predicate<T> {
    if (!this.take('(')) return condition();
    const inner = this.expression(condition);
    this.expect(')');
    return inner;
  }
}

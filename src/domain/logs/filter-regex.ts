/**
 * The regular expressions of CloudWatch Logs' filter patterns: no groups, no multi-byte characters. They come from
 * callers and run over every message, so they are matched by a simulated automaton: the time is bounded by message
 * length times pattern length, whatever the pattern (a backtracking matcher could be made to hang).
 */

type Quantifier = 'one' | 'optional' | 'star';

/** A state of the automaton: what it consumes, or where it must stand. */
type State =
  | { readonly kind: 'character'; readonly accepts: CharacterSet; readonly quantifier: Quantifier }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'accept' };

/** Which characters: one flag for each ASCII code, one for all others. */
interface CharacterSet {
  readonly ascii: Uint8Array;
  readonly others: boolean;
}

const MAX_STATES = 1_000;
const LITERAL = /[A-Za-z0-9:_#=@/;, -]/;
const OPERATORS = '^$?[]{}|\\*+.';

/** A test whether a text contains a match; undefined when the pattern is not one that CloudWatch Logs supports. */
export function compileRegex(pattern: string): ((text: string) => boolean) | undefined {
  const states = new Parser(pattern).parse();
  if (states === undefined) return undefined;
  const starts = [0];
  states.forEach((state, index) => {
    if (state.kind === 'accept' && index + 1 < states.length) starts.push(index + 1);
  });
  return (text) => contains(states, starts, text);
}

class Parser {
  readonly #pattern: string;
  readonly #states: State[] = [];
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** States of all alternatives, one after the other, each with an `accept` at its end. */
  parse(): readonly State[] | undefined {
    if (this.#pattern === '') return undefined;
    while (this.#at < this.#pattern.length) {
      const character = this.#pattern[this.#at] as string;
      this.#at += 1;
      if (character === '|') this.#states.push({ kind: 'accept' });
      else if (character === '^') this.#states.push({ kind: 'start' });
      else if (character === '$') this.#states.push({ kind: 'end' });
      else {
        const accepts = this.#characters(character);
        if (accepts === undefined || !this.#quantify(accepts)) return undefined;
      }
      if (this.#states.length > MAX_STATES) return undefined;
    }
    this.#states.push({ kind: 'accept' });
    return this.#states;
  }

  #characters(first: string): CharacterSet | undefined {
    if (first === '.') return { ascii: new Uint8Array(128).fill(1), others: true };
    if (first === '[') return this.#characterClass();
    if (first === '\\') return this.#escape();
    return LITERAL.test(first) ? only(first) : undefined;
  }

  #escape(): CharacterSet | undefined {
    const letter = this.#pattern[this.#at];
    this.#at += 1;
    if (letter === undefined) return undefined;
    const known = ESCAPES[letter.toLowerCase()];
    if (known !== undefined) return letter === letter.toLowerCase() ? known : negate(known);
    if (letter === 'x') {
      const hex = /^[0-7][0-9a-f]/i.exec(this.#pattern.slice(this.#at))?.[0];
      if (hex === undefined) return undefined;
      this.#at += 2;
      return only(String.fromCharCode(Number.parseInt(hex, 16)));
    }
    return OPERATORS.includes(letter) || /[^A-Za-z0-9\u0080-\uffff]/.test(letter) ? only(letter) : undefined;
  }

  #characterClass(): CharacterSet | undefined {
    const negated = this.#pattern[this.#at] === '^';
    if (negated) this.#at += 1;
    const ascii = new Uint8Array(128);
    let members = 0;
    for (;;) {
      const character = this.#pattern[this.#at];
      if (character === undefined) return undefined;
      this.#at += 1;
      if (character === ']') break;
      const one = character === '\\' ? this.#escape() : inClass(character);
      if (one === undefined || !this.#addToClass(one, ascii)) return undefined;
      members += 1;
    }
    if (members === 0) return undefined;
    const set = { ascii, others: false };
    return negated ? negate(set) : set;
  }

  /** Adds a member, or the range that begins with it. */
  #addToClass(from: CharacterSet, ascii: Uint8Array): boolean {
    const end = this.#pattern[this.#at + 1];
    if (this.#pattern[this.#at] !== '-' || end === undefined || end === ']') {
      for (let code = 0; code < 128; code++) if (from.ascii[code] === 1) ascii[code] = 1;
      return true;
    }
    this.#at += 2;
    const to = end === '\\' ? this.#escape() : inClass(end);
    const first = from.ascii.indexOf(1);
    const last = to?.ascii.indexOf(1) ?? -1;
    if (first !== from.ascii.lastIndexOf(1) || last !== to?.ascii.lastIndexOf(1) || last < first)
      return false;
    ascii.fill(1, first, last + 1);
    return true;
  }

  #quantify(accepts: CharacterSet): boolean {
    const push = (quantifier: Quantifier, times = 1): void => {
      for (let i = 0; i < times; i++) this.#states.push({ kind: 'character', accepts, quantifier });
    };
    const operator = this.#pattern[this.#at];
    if (operator === '{') return this.#quantifyByCount(push);
    if (operator === '?') push('optional');
    else if (operator === '*') push('star');
    else push('one');
    if (operator === '+') push('star');
    if (operator === '?' || operator === '*' || operator === '+') this.#at += 1;
    return true;
  }

  #quantifyByCount(push: (quantifier: Quantifier, times: number) => void): boolean {
    const match = /^\{ *(\d{0,4})(?: *(,) *(\d{0,4}))? *\}/.exec(this.#pattern.slice(this.#at));
    if (match === null || (match[1] === '' && (match[3] ?? '') === '')) return false;
    this.#at += match[0].length;
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === '' ? undefined : Number(match[3]);
    if ((most ?? least) > MAX_STATES || (most !== undefined && most < least)) return false;
    push('one', least);
    if (most === undefined) push('star', 1);
    else push('optional', most - least);
    return true;
  }
}

function contains(states: readonly State[], starts: readonly number[], text: string): boolean {
  // The step in which a state was entered last, so that no step enters it twice.
  const entered = new Int32Array(states.length).fill(-1);
  let current: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    const active = current;
    for (const start of starts) active.push(start);
    const next: number[] = [];
    const code = at < text.length ? text.charCodeAt(at) : -1;
    for (const first of active) {
      for (let index = first; entered[index] !== at; index++) {
        entered[index] = at;
        const state = states[index] as State;
        if (state.kind === 'accept') return true;
        if (state.kind === 'start') {
          if (at > 0) break;
        } else if (state.kind === 'end') {
          if (at < text.length) break;
        } else {
          if (code >= 0 && has(state.accepts, code))
            next.push(state.quantifier === 'star' ? index : index + 1);
          if (state.quantifier === 'one') break;
        }
      }
    }
    current = next;
  }
  return false;
}

const has = (set: CharacterSet, code: number): boolean => (code < 128 ? set.ascii[code] === 1 : set.others);

function only(characters: string): CharacterSet {
  const ascii = new Uint8Array(128);
  for (let i = 0; i < characters.length; i++) ascii[characters.charCodeAt(i)] = 1;
  return { ascii, others: false };
}

const negate = (set: CharacterSet): CharacterSet => ({
  ascii: set.ascii.map((one) => 1 - one),
  others: !set.others,
});

/** In a class, operators stand for themselves. */
const inClass = (character: string): CharacterSet | undefined =>
  LITERAL.test(character) || OPERATORS.includes(character) ? only(character) : undefined;

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

const ESCAPES: Readonly<Record<string, CharacterSet>> = {
  d: only(DIGITS),
  w: only(`${DIGITS}${LETTERS}_`),
  s: only(' \t\n\r\f\v'),
};

/** The words and signs of a query of CloudWatch Logs Insights. */
import { malformedQuery } from './query-error.ts';

export interface Token {
  readonly kind: 'word' | 'name' | 'number' | 'period' | 'text' | 'regex' | 'sign' | 'end';
  /** Without quotes, backticks or slashes. */
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

const SPACE = /(?:\s|#[^\n]*)*/y;
const PLAIN: readonly (readonly [Token['kind'], RegExp])[] = [
  ['period', /\d+(?:ms|mo|[smhdwqy])[a-z]*\b/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['word', /[@A-Za-z_][\w@.]*/y],
  ['sign', /=~|!=|<=|>=|[=<>()[\],|+\-*/%]/y],
];
/** Each up to its own end, with escaped ones inside. */
const QUOTED: readonly (readonly [Token['kind'], RegExp])[] = [
  ['text', /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'/y],
  ['name', /`([^`]*)`/y],
];
const REGEX = /\/((?:[^/\\\n]|\\.)*)\//y;

/** Throws MalformedQueryException for what belongs to no query. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matched(SPACE, query, at)?.[0].length ?? 0;
    if (at >= query.length) break;
    const token = tokenAt(query, at, tokens);
    if (token === undefined) {
      throw malformedQuery(`unexpected symbol found ${query[at] ?? ''} at position ${at}`, at, at + 1);
    }
    tokens.push(token);
    at = token.until;
  }
  return [...tokens, { kind: 'end', text: '<EOF>', from: query.length, until: query.length }];
}

function tokenAt(query: string, from: number, before: readonly Token[]): Token | undefined {
  const regex = mayBeRegex(before) ? matched(REGEX, query, from) : undefined;
  if (regex !== undefined) return token('regex', regex, (regex[1] ?? '').replaceAll('\\/', '/'));
  for (const [kind, pattern] of QUOTED) {
    const match = matched(pattern, query, from);
    if (match !== undefined) return token(kind, match, unescaped(match[1] ?? match[2] ?? ''));
  }
  for (const [kind, pattern] of PLAIN) {
    const match = matched(pattern, query, from);
    if (match !== undefined) return token(kind, match, match[0]);
  }
  return undefined;
}

/** Behind `like`, `=~`, `parse` and `parse <field>`; elsewhere a slash divides. */
function mayBeRegex(before: readonly Token[]): boolean {
  const last = before.at(-1);
  const isField = last?.kind === 'word' || last?.kind === 'name';
  return (
    isWord(last, 'like') ||
    last?.text === '=~' ||
    beginsParse(before, 1) ||
    (isField && beginsParse(before, 2))
  );
}

/** Whether the token that stands so far from the end is the name of the command `parse`. */
function beginsParse(tokens: readonly Token[], fromEnd: number): boolean {
  const before = tokens.at(-fromEnd - 1);
  return isWord(tokens.at(-fromEnd), 'parse') && (before === undefined || before.text === '|');
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}

function token(kind: Token['kind'], match: RegExpExecArray, text: string): Token {
  return { kind, text, from: match.index, until: match.index + match[0].length };
}

function matched(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([^])/g, (_, character: string) => {
    return character === 'n' ? '\n' : character === 't' ? '\t' : character;
  });
}

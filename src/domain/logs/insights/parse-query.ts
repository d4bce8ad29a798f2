/**
 * Queries of CloudWatch Logs Insights, as far as they are taken here: fields, display, filter, parse with a pattern of
 * `*`, stats, sort, limit and dedup. What is not taken is refused, never passed over.
 */
import {
  type AggregateSlot,
  type Evaluate,
  ExpressionParser,
  type Item,
  type RegexSlot,
} from './expression-parser.ts';
import { malformedQuery } from './query-error.ts';

export interface SortKey {
  readonly value: Evaluate;
  readonly descending: boolean;
}

export type Command =
  | { readonly kind: 'fields' | 'display' | 'dedup'; readonly items: readonly Item[] }
  | { readonly kind: 'filter'; readonly test: Evaluate }
  | {
      readonly kind: 'parse';
      readonly source: Evaluate;
      readonly parts: readonly string[];
      readonly names: readonly string[];
    }
  | {
      readonly kind: 'stats';
      readonly items: readonly Item[];
      readonly by: readonly Item[];
      readonly aggregates: readonly AggregateSlot[];
    }
  | { readonly kind: 'sort'; readonly keys: readonly SortKey[]; readonly ofTime?: 'asc' | 'desc' }
  | { readonly kind: 'limit'; readonly count: number };

export interface Query {
  readonly commands: readonly Command[];
  /** To be compiled before the query is run. */
  readonly regexes: readonly RegexSlot[];
}

/** As many rows a query answers at most, and without a limit. */
export const MOST_ROWS = 10_000;

/** Throws MalformedQueryException. */
export function parseQuery(text: string): Query {
  const parser = new ExpressionParser(text);
  const commands: Command[] = [];
  do {
    if (commands.length > 0 || parser.next.kind !== 'end') commands.push(command(parser));
  } while (parser.takeIf('|'));
  if (parser.next.kind !== 'end') throw parser.unexpected();
  if (commands.length === 0) throw malformedQuery('query is empty', 0);
  return { commands, regexes: parser.regexes };
}

function command(parser: ExpressionParser): Command {
  const token = parser.take();
  const kind = token.kind === 'word' ? token.text.toLowerCase() : '';
  switch (kind) {
    case 'fields':
    case 'display':
    case 'dedup':
      return { kind, items: parser.list(() => parser.item()) };
    case 'filter':
    case 'where':
      return { kind: 'filter', test: parser.expression() };
    case 'parse':
      return parse(parser);
    case 'stats':
      return stats(parser);
    case 'sort':
    case 'order':
      return sort(parser);
    case 'limit':
    case 'head':
      return { kind: 'limit', count: count(parser) };
    default:
      throw parser.unexpected(token);
  }
}

function parse(parser: ExpressionParser): Command {
  const isOfMessage = parser.next.kind === 'text';
  const source: Evaluate = isOfMessage ? (row) => row.get('@message') : parser.expression();
  const pattern = parser.take();
  // Regular expressions with groups are not taken.
  if (pattern.kind !== 'text') throw parser.unexpected(pattern);
  parser.expect('as');
  const names = parser.list(() => parser.name());
  const parts = pattern.text.split('*');
  if (parts.length - 1 !== names.length) {
    const message = `${parts.length - 1} fields in the pattern, and ${names.length} names`;
    throw malformedQuery(message, pattern.from, pattern.until);
  }
  return { kind: 'parse', source, parts, names };
}

function stats(parser: ExpressionParser): Command {
  const aggregates: AggregateSlot[] = [];
  const items = parser.list(() => parser.item(aggregates));
  const by = parser.takeIf('by') ? parser.list(() => parser.item()) : [];
  if (aggregates.length === 0) throw parser.unexpected();
  return { kind: 'stats', items, by, aggregates };
}

function sort(parser: ExpressionParser): Command {
  const names: string[] = [];
  const keys = parser.list((): SortKey => {
    const { name, value } = parser.item();
    names.push(name);
    const descending = parser.takeIf('desc');
    if (!descending) parser.takeIf('asc');
    return { value, descending };
  });
  const [first] = keys;
  const isOfTime = keys.length === 1 && names[0] === '@timestamp';
  return { kind: 'sort', keys, ...(isOfTime && { ofTime: first?.descending === true ? 'desc' : 'asc' }) };
}

function count(parser: ExpressionParser): number {
  const token = parser.take();
  const number = Number(token.text);
  if (token.kind !== 'number' || !Number.isInteger(number) || number < 1 || number > MOST_ROWS) {
    throw malformedQuery(`limit must be between 1 and ${MOST_ROWS}`, token.from, token.until);
  }
  return number;
}

/**
 * Queries of CloudWatch Logs Insights, as far as they are taken here: fields, display, filter, parse, stats, sort, limit and
 * dedup. What is not taken is refused, never passed over.
 */
import { type AggregateSlot, type Evaluate, ExpressionParser, type Item } from './expression-parser.ts';
import { type Extraction, extraction } from './extraction.ts';
import { malformedQuery } from './query-error.ts';
import type { GroupsSlot, RegexSlot } from './regex-slots.ts';

export interface SortKey {
  readonly value: Evaluate;
  readonly descending: boolean;
}

export type Command =
  | { readonly kind: 'fields' | 'display' | 'dedup'; readonly items: readonly Item[] }
  | { readonly kind: 'filter'; readonly test: Evaluate }
  | ({
      readonly kind: 'parse';
      readonly source: Evaluate;
    } & Extraction)
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
  readonly groups: readonly GroupsSlot[];
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
  return { commands, regexes: parser.regexes, groups: parser.groups };
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
  const isOfMessage = parser.next.kind === 'text' || parser.next.kind === 'regex';
  const source: Evaluate = isOfMessage ? (row) => row.get('@message') : parser.expression();
  return { kind: 'parse', source, ...extraction(parser) };
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

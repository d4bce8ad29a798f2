/**
 * Runs a query over rows as they come: each command is a stage that hands rows on, at once or when all have come. What
 * stages keep is bounded.
 */
import type { Item } from './expression-parser.ts';
import type { Aggregate } from './functions.ts';
import { isTrue, orderOf } from './values.ts';
import { type Command, MOST_ROWS, type Query, type SortKey } from './parse-query.ts';
import { numberOf, Row, textOf, type Value } from './row.ts';

/** Values that a query may keep in memory, all groups together. */
const MOST_HELD = 1_000_000;
/** Of messages. */
const MOST_CHARACTERS = 128 * 2 ** 20;
const PTR = '@ptr';
const DEFAULT_COLUMNS = ['@timestamp', '@message'];

export interface ResultCell {
  readonly field: string;
  readonly value: string;
}

/** The next stage. False: it wants no more. */
type Emit = (row: Row) => boolean;

/** Where rows are kept, whose messages must not fill the memory. */
class Shelf<T extends { readonly row: Row }> {
  kept: T[] = [];
  #characters = 0;

  /** Throws RangeError when it would be too much. */
  add(one: T): void {
    this.kept.push(one);
    this.#characters += one.row.length;
    if (this.#characters > MOST_CHARACTERS) throw tooMuch();
  }

  /** Keeps these of them alone. */
  keep(some: T[]): void {
    this.kept = some;
    this.#characters = some.reduce((sum, { row }) => sum + row.length, 0);
  }
}

function tooMuch(): RangeError {
  return new RangeError('the query keeps too much in memory');
}

interface Stage {
  take(row: Row, emit: Emit): boolean;
  /** All rows have come. */
  finish?(emit: Emit): void;
}

/** In which order a query wants events, so that it need not sort them. */
export function wantedOrder({ commands }: Query): 'asc' | 'desc' {
  const sort = commands.find(({ kind }) => kind !== 'filter' && kind !== 'fields' && kind !== 'parse');
  return sort?.kind === 'sort' && sort.ofTime === 'asc' ? 'asc' : 'desc';
}

export class QueryRun {
  readonly #stages: readonly Stage[];
  readonly #rows = new Shelf<{ readonly row: Row }>();
  readonly #columns: readonly string[];
  readonly #limit: number;
  #matched = 0;

  /** `limit` counts where the query has none. */
  constructor(query: Query, limit = MOST_ROWS) {
    const { commands } = query;
    const order = wantedOrder(query);
    const sorted = commands.find((command) => command.kind === 'sort');
    const isFirst = (command: Command): boolean =>
      command === sorted && sorted.ofTime === order && isInOrder(commands, command);
    const lastFilter = commands.findLastIndex(
      (command) => command.kind === 'filter' && isInOrder(commands, command),
    );
    const matching: Stage = { take: (row, emit) => this.#match(row, emit) };
    this.#stages = [
      ...commands.slice(0, lastFilter + 1).map(stageOf),
      matching,
      ...commands
        .slice(lastFilter + 1)
        .filter((command) => !isFirst(command))
        .map(stageOf),
    ];
    this.#columns = columnsOf(commands);
    this.#limit = commands.some(({ kind }) => kind === 'limit') ? MOST_ROWS : limit;
  }

  /** An event; false when no more are wanted. Throws RangeError when the query would keep too much. */
  take(row: Row): boolean {
    return this.#hand(row, 0);
  }

  /** All events have come. */
  finish(): void {
    this.#stages.forEach((stage, index) => stage.finish?.((row) => this.#hand(row, index + 1)));
  }

  /** How many events have come through the filters that stand before all that makes other rows of them. */
  get matched(): number {
    return this.#matched;
  }

  results(): ResultCell[][] {
    return this.#rows.kept.map(({ row }) =>
      this.#columns.flatMap((field) => {
        const value = textOf(row.get(field));
        return value === undefined ? [] : [{ field, value }];
      }),
    );
  }

  #match(row: Row, emit: Emit): boolean {
    this.#matched += 1;
    return emit(row);
  }

  #hand(row: Row, index: number): boolean {
    const stage = this.#stages[index];
    if (stage !== undefined) return stage.take(row, (next) => this.#hand(next, index + 1));
    this.#rows.add({ row });
    return this.#rows.kept.length < this.#limit;
  }
}

/** Whether events come to the command in the order in which they are read. */
function isInOrder(commands: readonly Command[], command: Command): boolean {
  return commands
    .slice(0, commands.indexOf(command))
    .every(({ kind }) => kind === 'filter' || kind === 'fields' || kind === 'parse');
}

function columnsOf(commands: readonly Command[]): string[] {
  let columns: string[] = [];
  let ptr = [PTR];
  // What was taken out of messages is shown, named or not.
  let parsed: string[] = [];
  for (const command of commands) {
    if (command.kind === 'display') {
      columns = command.items.map(({ name }) => name);
      parsed = [];
    }
    if (command.kind === 'fields') columns = [...columns, ...command.items.map(({ name }) => name)];
    if (command.kind === 'parse') parsed = [...parsed, ...command.names];
    if (command.kind === 'stats') {
      columns = [...command.by, ...command.items].map(({ name }) => name);
      ptr = [];
      parsed = [];
    }
  }
  return [...new Set([...(columns.length === 0 ? DEFAULT_COLUMNS : columns), ...parsed, ...ptr])];
}

function stageOf(command: Command): Stage {
  switch (command.kind) {
    case 'fields':
    case 'display':
      return fields(command);
    case 'filter':
      return { take: (row, emit) => !isTrue(command.test(row)) || emit(row) };
    case 'parse':
      return parse(command);
    case 'stats':
      return stats(command);
    case 'sort':
      return sort(command.keys);
    case 'limit':
      return limit(command.count);
    case 'dedup':
      return dedup(command);
  }
}

type Of<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;
type Items = { readonly items: readonly Item[] };

function fields({ items }: Items): Stage {
  const made = items.filter(({ isNew }) => isNew);
  return {
    take(row, emit) {
      for (const { name, value } of made) row.set(name, value(row));
      return emit(row);
    },
  };
}

function parse({ source, extract }: Of<'parse'>): Stage {
  return {
    take(row, emit) {
      for (const [name, value] of extract(textOf(source(row)) ?? '') ?? []) row.set(name, value);
      return emit(row);
    },
  };
}

function stats({ items, by, aggregates }: Of<'stats'>): Stage {
  const groups = new Map<string, { readonly row: Row; readonly gathered: Aggregate[] }>();
  let seen = 0;
  const group = (row: Row) => {
    const values = by.map(({ value }) => value(row));
    const key = JSON.stringify(values.map((value) => textOf(value) ?? null));
    const known = groups.get(key);
    if (known !== undefined) return known;
    const made = { row: new Row(), gathered: aggregates.map(({ make }) => make()) };
    by.forEach(({ name }, index) => made.row.set(name, values[index]));
    groups.set(key, made);
    return made;
  };
  const held = (): number =>
    [...groups.values()].flatMap(({ gathered }) => gathered).reduce((sum, one) => sum + one.held + 1, 0);
  return {
    take(row) {
      const { gathered } = group(row);
      const timestamp = numberOf(row.get('@timestamp')) ?? 0;
      aggregates.forEach(({ value }, index) => gathered[index]?.add(value(row), timestamp));
      seen += 1;
      if (seen % MOST_ROWS === 0 && held() > MOST_HELD) throw tooMuch();
      return true;
    },
    finish(emit) {
      if (by.length === 0 && groups.size === 0) group(new Row());
      for (const { row, gathered } of groups.values()) {
        aggregates.forEach(({ field }, index) => row.set(field, gathered[index]?.result()));
        for (const { name, value } of items) row.set(name, value(row));
        if (!emit(row)) return;
      }
    },
  };
}

interface SortedRow {
  readonly row: Row;
  readonly values: readonly Value[];
}

/** Keeps the first rows only: no query answers more. */
function sort(keys: readonly SortKey[]): Stage {
  const shelf = new Shelf<SortedRow>();
  const order = (one: SortedRow, other: SortedRow): number => {
    for (const [index, { descending }] of keys.entries()) {
      const difference = orderOf(one.values[index], other.values[index]);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  };
  const first = () => shelf.kept.toSorted(order).slice(0, MOST_ROWS);
  return {
    take(row) {
      shelf.add({ row, values: keys.map(({ value }) => value(row)) });
      if (shelf.kept.length >= 2 * MOST_ROWS) shelf.keep(first());
      return true;
    },
    finish(emit) {
      for (const { row } of first()) if (!emit(row)) return;
    },
  };
}

function limit(count: number): Stage {
  let left = count;
  return {
    take(row, emit) {
      if (left <= 0) return false;
      left -= 1;
      return emit(row) && left > 0;
    },
  };
}

function dedup({ items }: Items): Stage {
  const seen = new Set<string>();
  return {
    take(row, emit) {
      const key = JSON.stringify(items.map(({ value }) => textOf(value(row)) ?? null));
      if (seen.has(key)) return true;
      if (seen.size >= MOST_HELD) throw tooMuch();
      seen.add(key);
      return emit(row);
    },
  };
}

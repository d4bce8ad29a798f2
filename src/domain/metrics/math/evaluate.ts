/** Works out metric math of a request: expressions by the ids of its queries, in whatever order they refer to another. */
import type { Span } from '../periods.ts';
import { ExpressionError } from './expression-error.ts';
import { constantSeries, filled, type Filler } from './fill.ts';
import { FUNCTIONS } from './functions.ts';
import { eachNumber, eachSeries, isList, operate, type TimeSeries, type Value } from './series.ts';
import type { Expression } from './syntax.ts';

/** What an expression finds around it. */
export interface Surroundings {
  /** The series of queries for metrics, by id, in the request's order. */
  readonly metrics: ReadonlyMap<string, TimeSeries>;
  /** The other queries. */
  readonly expressions: ReadonlyMap<string, Expression>;
  /** What searches have found, by the text that `searchKey` gives for the call. */
  readonly searches: ReadonlyMap<string, readonly TimeSeries[]>;
  /** Of the request, for a query; the period is that of series made from nothing. */
  spanOf(id: string): Span;
}

/** Of all that expressions of a request come to on their way, so that a few words cannot take all memory. */
const MOST_POINTS = 2_000_000;
const MOST_SERIES = 500;

type Call = Extract<Expression, { kind: 'call' }>;

export class Evaluation {
  readonly #around: Surroundings;
  readonly #known = new Map<string, Value>();
  #points = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** What an id stands for. Throws ExpressionError. */
  valueOf(id: string): Value {
    // One after the other, not one within the other: a request's expressions may be a long chain.
    const waiting = [id];
    const begun = new Set<string>();
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const missing = this.#missingFor(next);
      if (missing.length === 0) {
        this.#settle(next);
        waiting.pop();
        continue;
      }
      begun.add(next);
      const circular = missing.find((each) => begun.has(each));
      if (circular !== undefined) throw new ExpressionError(`'${circular}' refers to itself`);
      waiting.push(...missing);
    }
    return this.#found(id);
  }

  /** Those that have to be known before. */
  #missingFor(id: string): readonly string[] {
    const { metrics, expressions } = this.#around;
    const expression = this.#known.has(id) ? undefined : expressions.get(id);
    if (expression === undefined) return [];
    return [...new Set(idsIn(expression))].filter(
      (each) => !metrics.has(each) && !this.#known.has(each) && expressions.has(each),
    );
  }

  #settle(id: string): void {
    const expression = this.#around.expressions.get(id);
    if (expression === undefined || this.#known.has(id)) return;
    this.#known.set(id, this.#evaluate(expression, this.#around.spanOf(id)));
  }

  #found(id: string): Value {
    const value = this.#around.metrics.get(id) ?? this.#known.get(id);
    if (value === undefined) throw new ExpressionError(`Unknown identifier '${id}'`);
    return value;
  }

  /** The series that an expression answers. Throws ExpressionError where it is only a number. */
  seriesOf(id: string): readonly TimeSeries[] {
    const value = this.valueOf(id);
    if (typeof value === 'number') {
      throw new ExpressionError('The expression must return a time series or an array of time series');
    }
    return isList(value) ? value : [{ ...value, label: id }];
  }

  #evaluate(expression: Expression, span: Span): Value {
    const value = this.#reckon(expression, span);
    if (expression.kind === 'number' || expression.kind === 'id' || typeof value === 'number') return value;
    const series = isList(value) ? value : [value];
    if (series.length > MOST_SERIES)
      throw new ExpressionError(`An array has more than ${MOST_SERIES} time series`);
    this.#points += series.reduce((sum, { points }) => sum + points.size, 0);
    if (this.#points > MOST_POINTS)
      throw new ExpressionError(`More than ${MOST_POINTS} data points would be made`);
    return value;
  }

  #reckon(expression: Expression, span: Span): Value {
    switch (expression.kind) {
      case 'number':
        return expression.value;
      case 'id':
        return this.#found(expression.id);
      case 'minus':
        return eachNumber(this.#evaluate(expression.of, span), (value) => -value);
      case 'operation':
        return operate(
          expression.operator,
          this.#evaluate(expression.left, span),
          this.#evaluate(expression.right, span),
        );
      case 'list':
        return expression.items.flatMap((item) => this.#series(item, span));
      case 'call':
        return this.#call(expression, span);
      case 'text':
      case 'word':
        throw new ExpressionError(
          `Unexpected '${expression.kind === 'text' ? expression.value : expression.word}'`,
        );
    }
  }

  #series(item: Expression, span: Span): readonly TimeSeries[] {
    const value = this.#evaluate(item, span);
    if (typeof value === 'number') throw new ExpressionError('An array holds time series only');
    return isList(value) ? value : [value];
  }

  #call(call: Call, span: Span): Value {
    const { name, args } = call;
    switch (name) {
      case 'METRICS':
        return this.#metrics(args);
      case 'SEARCH':
        return this.#around.searches.get(searchKey(call)) ?? [];
      case 'TIME_SERIES':
        return this.#timeSeries(args, span);
      case 'FILL':
        return this.#fill(args, span);
      default: {
        const known = FUNCTIONS.get(name);
        if (known === undefined) throw new ExpressionError(`Unsupported function '${name}'`);
        checkCount(name, args, known.least, known.most);
        return known.apply(args.map((each) => this.#evaluate(each, span)));
      }
    }
  }

  /** All metrics of the request, or those whose ids hold a text. */
  #metrics(args: readonly Expression[]): readonly TimeSeries[] {
    checkCount('METRICS', args, 0, 1);
    const [part] = args;
    if (part !== undefined && part.kind !== 'text')
      throw new ExpressionError('METRICS takes a text in quotes');
    const wanted = part?.value ?? '';
    return [...this.#around.metrics].filter(([id]) => id.includes(wanted)).map(([, series]) => series);
  }

  #timeSeries(args: readonly Expression[], span: Span): TimeSeries {
    checkCount('TIME_SERIES', args, 1, 1);
    const [value] = args.map((each) => this.#evaluate(each, span));
    if (typeof value !== 'number') throw new ExpressionError('TIME_SERIES needs a number');
    return constantSeries(value, span);
  }

  #fill(args: readonly Expression[], span: Span): Value {
    checkCount('FILL', args, 2, 2);
    const [of, by] = args as [Expression, Expression];
    const filler: Filler =
      by.kind === 'word' && (by.word === 'REPEAT' || by.word === 'LINEAR')
        ? by.word
        : this.#evaluate(by, span);
    return eachSeries('FILL', this.#evaluate(of, span), (series) => filled(series, filler, span));
  }
}

function checkCount(name: string, args: readonly unknown[], least: number, most: number): void {
  if (args.length >= least && args.length <= most) return;
  const wanted = least === most ? String(least) : `${least} to ${most}`;
  throw new ExpressionError(`Function ${name} takes ${wanted} arguments, not ${args.length}`);
}

export interface SearchCall {
  readonly search: string;
  readonly statistic: string;
  /** Seconds. */
  readonly period: number | undefined;
}

/** Throws ExpressionError for arguments that are not a text, a text and perhaps a number. */
export function searchCall({ args }: Call): SearchCall {
  const [search, statistic, period] = args;
  if (search?.kind !== 'text' || statistic?.kind !== 'text' || args.length > 3) {
    throw new ExpressionError('SEARCH takes a search, a statistic and a period');
  }
  if (period !== undefined && period.kind !== 'number')
    throw new ExpressionError('SEARCH needs a number as its period');
  return { search: search.value, statistic: statistic.value, period: period?.value };
}

/** The same for the same search. */
export function searchKey(call: Call): string {
  const { search, statistic, period } = searchCall(call);
  return JSON.stringify([search, statistic, period]);
}

/** All calls of SEARCH in an expression. */
export function searchesIn(expression: Expression): readonly Call[] {
  return partsOf(expression).filter((part): part is Call => part.kind === 'call' && part.name === 'SEARCH');
}

function idsIn(expression: Expression): readonly string[] {
  return partsOf(expression).flatMap((part) => (part.kind === 'id' ? [part.id] : []));
}

/** The expression and all that it is made of. */
function partsOf(expression: Expression): readonly Expression[] {
  const parts: Expression[] = [expression];
  // Grows while it is gone through.
  for (const part of parts) {
    if (part.kind === 'call') parts.push(...part.args);
    else if (part.kind === 'list') parts.push(...part.items);
    else if (part.kind === 'minus') parts.push(part.of);
    else if (part.kind === 'operation') parts.push(part.left, part.right);
  }
  return parts;
}

/** Functions of queries that make a value of values, and those that make one of many rows. */
import { numberOf, textOf, Time, type Value } from './row.ts';

interface QueryFunction {
  readonly least: number;
  readonly most: number;
  /** Undefined where an argument is missing or of the wrong kind. */
  readonly apply: (values: readonly Value[]) => Value;
}

const numeric = (apply: (value: number) => number): QueryFunction => ({
  ...{ least: 1, most: 1 },
  apply: ([value]) => {
    const number = numberOf(value);
    return number === undefined ? undefined : apply(number);
  },
});
const text = (apply: (value: string) => Value): QueryFunction => ({
  ...{ least: 1, most: 1 },
  apply: ([value]) => {
    const shown = textOf(value);
    return shown === undefined ? undefined : apply(shown);
  },
});
const picked = (pick: (...values: number[]) => number): QueryFunction => ({
  ...{ least: 1, most: 20 },
  apply: (values) => {
    const numbers = values.map(numberOf).filter((value) => value !== undefined);
    return numbers.length === 0 ? undefined : pick(...numbers);
  },
});
const lower = text((value) => value.toLowerCase());
const upper = text((value) => value.toUpperCase());

export const FUNCTIONS: ReadonlyMap<string, QueryFunction> = new Map([
  ['abs', numeric(Math.abs)],
  ['ceil', numeric(Math.ceil)],
  ['floor', numeric(Math.floor)],
  ['sqrt', numeric(Math.sqrt)],
  ['log', numeric(Math.log)],
  ['greatest', picked(Math.max)],
  ['least', picked(Math.min)],
  ['strlen', text((value) => value.length)],
  ['trim', text((value) => value.trim())],
  ['tolower', lower],
  ['lower', lower],
  ['toupper', upper],
  ['upper', upper],
  ['ispresent', { least: 1, most: 1, apply: ([value]) => value !== undefined }],
  ['isempty', { least: 1, most: 1, apply: ([value]) => value === undefined || value === '' }],
  ['isblank', { least: 1, most: 1, apply: ([value]) => (textOf(value) ?? '').trim() === '' }],
  ['coalesce', { least: 1, most: 20, apply: (values) => values.find((value) => value !== undefined) }],
  ['concat', { least: 1, most: 20, apply: (values) => values.map((value) => textOf(value) ?? '').join('') }],
  [
    'strcontains',
    { least: 2, most: 2, apply: ([whole, part]) => (textOf(whole) ?? '').includes(textOf(part) ?? '') },
  ],
  [
    'substr',
    {
      ...{ least: 2, most: 3 },
      apply: ([value, from, length]) => {
        const begin = numberOf(from) ?? 0;
        return textOf(value)?.slice(begin, begin + (numberOf(length) ?? Number.POSITIVE_INFINITY));
      },
    },
  ],
  [
    'replace',
    {
      ...{ least: 3, most: 3 },
      apply: ([value, wanted, by]) => textOf(value)?.replaceAll(textOf(wanted) ?? '', () => textOf(by) ?? ''),
    },
  ],
  ['tomillis', numeric((value) => value)],
  ['frommillis', { least: 1, most: 1, apply: ([value]) => timeOf(value) }],
]);

function timeOf(value: Value): Value {
  const ms = numberOf(value);
  return ms === undefined ? undefined : new Time(ms);
}

/** Gathers what rows have, for one group of them. */
export interface Aggregate {
  add(value: Value, timestamp: number): void;
  result(): Value;
  /** How many values it keeps in memory. */
  readonly held: number;
}

/** Makes one; `parameter` is the constant behind its value (the percentile). */
type MakeAggregate = (parameter: number) => Aggregate;

export const AGGREGATES: ReadonlyMap<string, MakeAggregate> = new Map([
  ['count', () => folded(0, (count) => count + 1)],
  ['sum', () => numbers((sum = 0, value) => sum + value, 0)],
  ['min', () => numbers((least, value) => Math.min(least ?? value, value))],
  ['max', () => numbers((most, value) => Math.max(most ?? value, value))],
  ['avg', () => spread(({ sum, count }) => sum / count)],
  [
    'stddev',
    () => spread(({ sum, count, squares }) => Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))),
  ],
  ['count_distinct', distinct],
  ['pct', percentile],
  ['percentile', percentile],
  ['earliest', () => extreme((one, other) => one < other)],
  ['latest', () => extreme((one, other) => one >= other)],
]);

function folded(start: number, add: (result: number, value: Value) => number): Aggregate {
  let result = start;
  return {
    held: 1,
    add: (value) => {
      if (value !== undefined) result = add(result, value);
    },
    result: () => result,
  };
}

function numbers(add: (result: number | undefined, value: number) => number, start?: number): Aggregate {
  let result = start;
  return {
    held: 1,
    add: (value) => {
      const number = numberOf(value);
      if (number !== undefined) result = add(result, number);
    },
    result: () => result,
  };
}

interface Moments {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

function spread(finish: (moments: Moments) => number): Aggregate {
  let [count, sum, squares] = [0, 0, 0];
  return {
    held: 1,
    add: (value) => {
      const number = numberOf(value);
      if (number === undefined) return;
      count += 1;
      sum += number;
      squares += number * number;
    },
    result: () => (count === 0 ? undefined : finish({ count, sum, squares })),
  };
}

function distinct(): Aggregate {
  const seen = new Set<string>();
  return {
    get held() {
      return seen.size;
    },
    add: (value) => {
      const shown = textOf(value);
      if (shown !== undefined) seen.add(shown);
    },
    result: () => seen.size,
  };
}

function percentile(percent: number): Aggregate {
  const values: number[] = [];
  return {
    get held() {
      return values.length;
    },
    add: (value) => {
      const number = numberOf(value);
      if (number !== undefined) values.push(number);
    },
    result: () => {
      const rank = Math.ceil((percent / 100) * values.length);
      return values.toSorted((one, other) => one - other)[Math.max(0, rank - 1)];
    },
  };
}

function extreme(isBetter: (one: number, other: number) => boolean): Aggregate {
  let best: { readonly value: Value; readonly timestamp: number } | undefined;
  return {
    held: 1,
    add: (value, timestamp) => {
      if (value !== undefined && (best === undefined || isBetter(timestamp, best.timestamp)))
        best = { value, timestamp };
    },
    result: () => best?.value,
  };
}

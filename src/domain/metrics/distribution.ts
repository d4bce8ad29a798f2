/**
 * How values lie, in bounded room. A few different ones are kept as they are; of more, each is rounded to seven
 * significant bits, which is within 0.8 % of it, and leaves whole numbers up to 128 as they are. Rounding again changes
 * nothing, so it does not matter in which order distributions are joined.
 */
import type { ValueCount } from './metric.ts';

const SIGNIFICANT_BITS = 7;
/** More than nine decades of values in every step. */
const MAX_STEPS = 2_048;
/** Below this, a quantum would no longer be a normal number. */
const LEAST_ROUNDED = 2 ** -1_000;

/** `values` in rising order, each once; so is the result. Where values lie over too many decades, steps become wider. */
export function coarsen(values: readonly ValueCount[], exactValues: number): readonly ValueCount[] {
  if (values.length <= exactValues) return values;
  let bits = SIGNIFICANT_BITS;
  let result = roundedAll(values, bits);
  while (result.length > MAX_STEPS && bits > 1) result = roundedAll(result, --bits);
  // Left are only values over hundreds of decades.
  while (result.length > MAX_STEPS) result = inPairs(result);
  return result;
}

/** The value to so many significant bits. */
export function rounded(value: number, bits: number): number {
  const size = Math.abs(value);
  if (size < LEAST_ROUNDED) return value;
  const quantum = 2 ** (Math.floor(Math.log2(size)) - (bits - 1));
  const result = Math.round(value / quantum) * quantum;
  return Number.isFinite(result) ? result : value;
}

function roundedAll(values: readonly ValueCount[], bits: number): ValueCount[] {
  const result: ValueCount[] = [];
  for (const { value, count } of values) {
    const step = rounded(value, bits);
    const last = result.at(-1);
    if (last?.value === step) result[result.length - 1] = { value: step, count: last.count + count };
    else result.push({ value: step, count });
  }
  return result;
}

/** Every second value takes its neighbour's count. */
function inPairs(values: readonly ValueCount[]): ValueCount[] {
  return values.flatMap(({ value, count }, index) =>
    index % 2 === 0 ? [{ value, count: count + (values[index + 1]?.count ?? 0) }] : [],
  );
}

/** How long periods may be, where the first one begins, and which data they are made of: CloudWatch's rules. */

const MINUTE_S = 60;
const DAY_MS = 86_400_000;
const SUB_MINUTE: readonly number[] = [1, 5, 10, 20, 30];

/** From this age on a request begins at the next lower multiple of `seconds`. */
const ROUNDING: readonly { readonly olderThanMs: number; readonly seconds: number }[] = [
  { olderThanMs: 63 * DAY_MS, seconds: 3600 },
  { olderThanMs: 15 * DAY_MS, seconds: 300 },
  { olderThanMs: Number.NEGATIVE_INFINITY, seconds: MINUTE_S },
];

/** Times are epoch milliseconds, the period is in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly period: number;
}

export function isPeriod(seconds: number): boolean {
  return SUB_MINUTE.includes(seconds) || (seconds > 0 && seconds % MINUTE_S === 0);
}

/**
 * A span as CloudWatch rounds it. Periods are counted from its start, not from the epoch: one of an hour that is asked
 * for from 12:07 on begins at 12:07. Below a minute both ends are whole periods.
 */
export function roundedSpan({ start, end, period }: Span, now: number): Span {
  if (period < MINUTE_S) return { start: floorTo(start, period), end: floorTo(end, period), period };
  const { seconds = MINUTE_S } = ROUNDING.find(({ olderThanMs }) => now - start > olderThanMs) ?? {};
  return { start: floorTo(start, seconds), end, period };
}

/** How far back data are told for periods that are no multiple of `seconds`. */
const KEPT_FINER_THAN: readonly { readonly seconds: number; readonly forMs: number }[] = [
  { seconds: MINUTE_S, forMs: 3 * 3_600_000 },
  { seconds: 300, forMs: 15 * DAY_MS },
  { seconds: 3600, forMs: 63 * DAY_MS },
];

/** The first moment of which data are told in such a period; of older ones only coarser data are left. */
export function oldestFor(period: number, now: number): number {
  const limit = KEPT_FINER_THAN.find(({ seconds }) => period % seconds !== 0);
  return limit === undefined ? Number.NEGATIVE_INFINITY : now - limit.forMs;
}

/** How many periods a span has; the last one may be cut off by the end. */
export function periodsIn({ start, end, period }: Span): number {
  return Math.max(0, Math.ceil((end - start) / (period * 1000)));
}

/**
 * The longest period, counted from the epoch, of which all of the span's own periods are made. It is the span's own
 * where that begins and ends with one.
 */
export function commonPeriod({ start, end, period }: Span): number {
  if (period < MINUTE_S) return period;
  const beginsAt = Math.floor(start / 1000) % period;
  const endsAt = Math.ceil(end / 60_000) * MINUTE_S;
  return greatestCommonDivisor(greatestCommonDivisor(period, beginsAt), endsAt % period);
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}

function floorTo(timeMs: number, seconds: number): number {
  const unit = seconds * 1000;
  return Math.floor(timeMs / unit) * unit;
}

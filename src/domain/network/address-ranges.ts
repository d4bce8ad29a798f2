/**
 * Ranges of IPv4 addresses without overlaps, as a packet filter wants them: of prefixes that may hold one another, and
 * of routes, where the longest prefix wins.
 */
import { formatIpv4, parseCidr } from './cidr.ts';

const ADDRESSES = 2 ** 32;

/** Both ends are included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

export interface TargetRange<T> extends AddressRange {
  readonly target: T;
}

/** Throws RangeError on what is no range. */
export function rangeOf(cidr: string): AddressRange {
  const parsed = parseCidr(cidr);
  if (parsed === undefined) throw new RangeError(`not a network: ${cidr}`);
  return { first: parsed.base, last: parsed.base + 2 ** (32 - parsed.bits) - 1 };
}

export function coversAll({ first, last }: AddressRange): boolean {
  return first === 0 && last === ADDRESSES - 1;
}

/** `10.0.0.0-10.0.0.9`, or an address alone. */
export function formatRange({ first, last }: AddressRange): string {
  return first === last ? formatIpv4(first) : `${formatIpv4(first)}-${formatIpv4(last)}`;
}

/** The addresses of all the networks, in as few ranges as can be, in their order. */
export function mergeRanges(cidrs: readonly string[]): AddressRange[] {
  const merged: AddressRange[] = [];
  for (const range of cidrs.map(rangeOf).toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + 1) merged.push(range);
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return merged;
}

/**
 * What each address is routed to, by the longest prefix that holds it; the last of several that are the same. Addresses
 * without a route are in no range. Neighbours with one and the same target are joined.
 */
export function routeRanges<T>(
  routes: readonly { readonly destinationCidr: string; readonly target: T }[],
): TargetRange<T>[] {
  const found: TargetRange<T>[] = [];
  // Those that hold the place where we are, the innermost last: networks are never partly in one another.
  const open: TargetRange<T>[] = [];
  let at = 0;
  const moveTo = (next: number): void => {
    for (let inner = open.at(-1); inner !== undefined && inner.last < next; inner = open.at(-1)) {
      append(found, { first: at, last: inner.last, target: inner.target });
      at = Math.max(at, inner.last + 1);
      open.pop();
    }
    const inner = open.at(-1);
    if (inner !== undefined) append(found, { first: at, last: next - 1, target: inner.target });
    at = next;
  };
  const ranges = routes.map(({ destinationCidr, target }) => ({ ...rangeOf(destinationCidr), target }));
  for (const range of ranges.toSorted((a, b) => a.first - b.first || b.last - a.last)) {
    moveTo(range.first);
    open.push(range);
  }
  moveTo(ADDRESSES);
  return found;
}

function append<T>(found: TargetRange<T>[], range: TargetRange<T>): void {
  if (range.first > range.last) return;
  const before = found.at(-1);
  if (before === undefined || before.target !== range.target || before.last + 1 !== range.first) {
    found.push(range);
  } else {
    found[found.length - 1] = { ...before, last: range.last };
  }
}

/**
 * Which address comes next. Addresses are handed out in turn, so that one just given back rests for as long as the range
 * is large.
 */
import { formatIpv4, parseCidr, usableHostRange } from './cidr.ts';

/** First and last address, both included, as numbers. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** What a subnet's interfaces may have. */
export function subnetRange(subnetCidr: string): AddressRange {
  return usableHostRange(subnetCidr);
}

/** All of the pool of public addresses but its ends, which look like those of a network. */
export function publicRange(publicCidr: string): AddressRange {
  const range = parseCidr(publicCidr);
  if (range === undefined) throw new RangeError(`not a network: ${publicCidr}`);
  return { first: range.base + 1, last: range.base + 2 ** (32 - range.bits) - 2 };
}

/** The first free one from the `start`-th on, beginning again at the end; undefined when all are taken. */
export function freeAddress(
  { first, last }: AddressRange,
  isTaken: (address: string) => boolean,
  start: number,
): { readonly address: string; readonly next: number } | undefined {
  const size = last - first + 1;
  for (let tried = 0; tried < size; tried += 1) {
    const position = (start + tried) % size;
    const address = formatIpv4(first + position);
    if (!isTaken(address)) return { address, next: (position + 1) % size };
  }
  return undefined;
}

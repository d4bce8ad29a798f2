/** Ranges as requests give them: EC2 takes `10.0.0.5/16` and makes `10.0.0.0/16` of it. */
import { containsCidr, networkOf, parseIpv4 } from './cidr.ts';

/** The range in its usual form, or undefined for a text that is none. */
export function askedRange(text: string): string | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  const isRange = parseIpv4(address) !== undefined && /^(0|[1-9]\d?)$/.test(bits) && Number(bits) <= 32;
  return isRange && rest.length === 0 ? networkOf(address, Number(bits)) : undefined;
}

/** Whether the two have an address in common. */
export function rangesMeet(one: string, other: string): boolean {
  return containsCidr(one, other) || containsCidr(other, one);
}

/** IP protocols as EC2's API names them: a few by name, the others by number, `-1` for all. */

export const ALL_PROTOCOLS = '-1';

const NUMBERS: Readonly<Record<string, string>> = { icmp: '1', tcp: '6', udp: '17', icmpv6: '58' };
const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name]));
const HIGHEST = 255;

/** The protocol as the API shows it (`tcp`, `50`, `-1`), or undefined for what is none. */
export function apiProtocol(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (lower === ALL_PROTOCOLS || lower === 'all') return ALL_PROTOCOLS;
  if (Object.hasOwn(NUMBERS, lower)) return lower;
  if (!/^\d{1,3}$/.test(lower) || Number(lower) > HIGHEST) return undefined;
  const number = String(Number(lower));
  return NAMES.get(number) ?? number;
}

/** The number of a protocol that the API shows, as text; `-1` stays. */
export function protocolNumber(shown: string): string {
  return NUMBERS[shown] ?? shown;
}

/** True where ports are ports. */
export function hasPorts(shown: string): boolean {
  return shown === 'tcp' || shown === 'udp';
}

/** True where "ports" are type and code. */
export function isIcmp(shown: string): boolean {
  return shown === 'icmp' || shown === 'icmpv6';
}

/** IPv4 ranges: those that the host has routes to, and whether two overlap. */

export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

export interface RoutedRange extends Ipv4Range {
  readonly cidr: string;
  readonly device: string;
}

export function parseRange(cidr: string): Ipv4Range {
  const [address = '', bits = '32'] = cidr.split('/');
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first, last: first + 2 ** (32 - Number(bits)) - 1 };
}

export function overlaps(one: Ipv4Range, other: Ipv4Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}

const DEFAULT_MASKS = ['00000000', '00000080'];

/** From /proc/net/route, whose numbers are hexadecimal and backwards. Without default routes, halved ones among them. */
export function routedRanges(table: string): RoutedRange[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length > 7 && !DEFAULT_MASKS.includes(fields[7] ?? ''))
    .map(([device = '', destination = '', , , , , , mask = '']) => {
      const bits = littleEndian(mask).toString(2).replaceAll('0', '').length;
      const first = littleEndian(destination);
      const address = [24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join('.');
      return { first, last: first + 2 ** (32 - bits) - 1, cidr: `${address}/${bits}`, device };
    });
}

function littleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}

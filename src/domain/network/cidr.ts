/**
 * IPv4 address arithmetic on the texts that the APIs use. Addresses are unsigned 32-bit numbers inside.
 * Of each subnet AWS keeps .0 (network), .1 (gateway), .2 (DNS), .3 (future) and the last one (broadcast).
 */
export interface Cidr {
  /** The network's first address. */
  readonly base: number;
  readonly bits: number;
}

const RESERVED_AT_START = 4;
const RESERVED_AT_END = 1;

/** The address as a number; undefined when the text is not four decimal parts without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Takes `172.31.0.0/16` apart; undefined when malformed or when bits are set behind the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [addressText = '', bitsText = '', ...rest] = text.split('/');
  const base = parseIpv4(addressText);
  if (base === undefined || rest.length > 0 || !/^(0|[1-9]\d?)$/.test(bitsText)) return undefined;
  const bits = Number(bitsText);
  if (bits > 32 || base % 2 ** (32 - bits) !== 0) return undefined;
  return { base, bits };
}

export function formatCidr({ base, bits }: Cidr): string {
  return `${formatIpv4(base)}/${bits}`;
}

/** How many addresses the network has. */
export function cidrSize(cidr: string): number {
  return 2 ** (32 - valid(cidr).bits);
}

/** The network of the given length that the address lies in. Throws RangeError on a malformed address. */
export function networkOf(address: string, bits: number): string {
  const size = 2 ** (32 - bits);
  return formatCidr({ base: Math.floor(validAddress(address) / size) * size, bits });
}

/** True when the address lies in the network; false, too, for what is not an address. */
export function containsAddress(cidr: string, address: string): boolean {
  const parsed = parseIpv4(address);
  const { base, bits } = valid(cidr);
  return parsed !== undefined && parsed >= base && parsed < base + 2 ** (32 - bits);
}

/** True when all of `inner` lies in `outer`. */
export function containsCidr(outer: string, inner: string): boolean {
  return valid(inner).bits >= valid(outer).bits && containsAddress(outer, formatIpv4(valid(inner).base));
}

/** The n-th address (0 is the network's own); negative counts from behind. Throws RangeError outside. */
export function nthAddress(cidr: string, n: number): string {
  const { base, bits } = valid(cidr);
  const size = 2 ** (32 - bits);
  if (!Number.isInteger(n) || n >= size || n < -size) throw new RangeError(`${cidr} has no address ${n}`);
  return formatIpv4(base + (n < 0 ? size + n : n));
}

/** Where the VPC's router answers: the first address behind the network's own. */
export function gatewayAddress(subnetCidr: string): string {
  return nthAddress(subnetCidr, 1);
}

/** First and last address that an interface may have. Throws RangeError for a subnet without any. */
export function usableHostRange(subnetCidr: string): { readonly first: number; readonly last: number } {
  const { base, bits } = valid(subnetCidr);
  const first = base + RESERVED_AT_START;
  const last = base + 2 ** (32 - bits) - 1 - RESERVED_AT_END;
  if (first > last) throw new RangeError(`${subnetCidr} has no usable address`);
  return { first, last };
}

/** The n-th network of the given length inside. Throws RangeError outside. */
export function nthSubnet(cidr: string, bits: number, n: number): string {
  const { base, bits: outer } = valid(cidr);
  if (bits < outer || bits > 32 || n < 0 || n >= 2 ** (bits - outer)) {
    throw new RangeError(`${cidr} has no /${bits} number ${n}`);
  }
  return formatCidr({ base: base + n * 2 ** (32 - bits), bits });
}

function valid(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new RangeError(`not a network: ${text}`);
  return cidr;
}

function validAddress(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`not an IPv4 address: ${text}`);
  return address;
}

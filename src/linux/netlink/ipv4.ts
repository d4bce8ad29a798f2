/** IPv4 addresses and prefixes as numbers and bytes. */
import { AppError } from '../../domain/errors.ts';

export interface Prefix {
  /** First address of the range. */
  readonly address: number;
  readonly length: number;
}

/** `172.31.0.2` as a number; `invalid` for anything else. */
export function parseIpv4(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) {
    throw new AppError('invalid', `not an IPv4 address: ${text}`);
  }
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** `172.31.0.0/16`; host bits are dropped. */
export function parsePrefix(text: string): Prefix {
  const [address = '', bits = ''] = text.split('/');
  const length = /^\d{1,2}$/.test(bits) ? Number(bits) : 33;
  if (length > 32) throw new AppError('invalid', `not an IPv4 range: ${text}`);
  return { address: (parseIpv4(address) & maskOf(length)) >>> 0, length };
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatIpv4(prefix.address)}/${prefix.length}`;
}

/** True when one range holds the other, or they are equal. */
export function overlap(one: Prefix, other: Prefix): boolean {
  const mask = maskOf(Math.min(one.length, other.length));
  return ((one.address ^ other.address) & mask) === 0;
}

export function ipv4Bytes(address: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address >>> 0);
  return bytes;
}

function maskOf(length: number): number {
  return length === 0 ? 0 : -1 << (32 - length);
}

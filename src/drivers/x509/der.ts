/** ASN.1's distinguished encoding, as much of it as a certificate is made of. */

const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, sequence: 0x30, set: 0x31 };
const UTC_TIME = 0x17;

export function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag, ...lengthOf(content.length)), content]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => tlv(TAG.sequence, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => tlv(TAG.set, ...parts);
export const octets = (content: Buffer): Buffer => tlv(TAG.octets, content);
export const utf8 = (text: string): Buffer => tlv(TAG.utf8, Buffer.from(text));
export const yes = (): Buffer => tlv(TAG.boolean, Buffer.of(0xff));

/** A positive number from its bytes. */
export function integer(bytes: Buffer): Buffer {
  const [first = 0] = bytes;
  return tlv(TAG.integer, first >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

export function bits(content: Buffer, unused = 0): Buffer {
  return tlv(TAG.bits, Buffer.of(unused), content);
}

/** E.g. `2.5.29.17`. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return tlv(TAG.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Until 2049, in seconds. */
export function utcTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  return tlv(UTC_TIME, Buffer.from(digits.slice(2)));
}

function base128(value: number): number[] {
  const groups = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    groups.unshift((rest % 128) + 128);
  }
  return groups;
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

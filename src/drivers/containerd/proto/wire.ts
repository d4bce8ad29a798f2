/** The protobuf wire format: tags, varints and length-delimited pieces. Knows nothing of messages. */
import { AppError } from '../../../domain/errors.ts';

const TWO_32 = 2 ** 32;
const TWO_64 = 2n ** 64n;
const LARGE_BYTES = 64 * 1024;

export class WireWriter {
  #parts: Uint8Array[] = [];
  #length = 0;

  varint(number: number, value: number): void {
    this.#push(varintBytes(number * 8));
    this.#push(varintBytes(value));
  }

  bytes(number: number, value: Uint8Array): void {
    this.#push(varintBytes(number * 8 + 2));
    this.#push(varintBytes(value.length));
    this.#push(value);
  }

  /** A nested message that was written to a writer of its own. */
  append(number: number, inner: WireWriter): void {
    this.#push(varintBytes(number * 8 + 2));
    this.#push(varintBytes(inner.#length));
    for (const part of inner.#parts) this.#push(part);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  /** The same bytes, of which large members are not copied. */
  pieces(): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let small: Uint8Array[] = [];
    for (const part of this.#parts) {
      if (part.length < LARGE_BYTES) small.push(part);
      else {
        pieces.push(Buffer.concat(small), part);
        small = [];
      }
    }
    if (small.length > 0) pieces.push(Buffer.concat(small));
    return pieces;
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }
}

export class WireReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get done(): boolean {
    return this.#at >= this.#buffer.length;
  }

  tag(): { number: number; wireType: number } {
    const tag = this.varint();
    return { number: Math.floor(tag / 8), wireType: tag % 8 };
  }

  /** A varint as a number; one with the top bit of 64 set is negative (int32 and int64 of protobuf). */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#buffer[this.#at];
      if (byte === undefined) throw new AppError('internal', 'a protobuf message ends within a number');
      this.#at += 1;
      if (count === 7) return this.#longVarint(value, byte);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new AppError('internal', 'a protobuf number is too long');
  }

  bytes(): Buffer {
    const length = this.varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#buffer.length) {
      throw new AppError('internal', 'a protobuf message ends within a member');
    }
    const piece = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return piece;
  }

  sub(): WireReader {
    return new WireReader(this.bytes());
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#at += 8;
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.#at += 4;
    else throw new AppError('internal', `unknown protobuf wire type ${wireType}`);
    if (this.#at > this.#buffer.length) {
      throw new AppError('internal', 'a protobuf message ends within a member');
    }
  }

  /** The rest of a varint of eight bytes or more: beyond what a double holds exactly while it is put together. */
  #longVarint(low: number, eighth: number): number {
    let value = BigInt(low) + (BigInt(eighth & 0x7f) << 49n);
    let byte = eighth;
    for (let shift = 56n; byte >= 0x80 && shift < 70n; shift += 7n) {
      const next = this.#buffer[this.#at];
      if (next === undefined) throw new AppError('internal', 'a protobuf message ends within a number');
      this.#at += 1;
      byte = next;
      value += BigInt(byte & 0x7f) << shift;
    }
    return Number(BigInt.asIntN(64, value % TWO_64));
  }
}

function varintBytes(value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new AppError('internal', `${value} is no protobuf number`);
  if (value < 0) return bigVarintBytes(TWO_64 + BigInt(value));
  if (value < 0x80) return Uint8Array.of(value);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= TWO_32) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  let low = rest >>> 0;
  while (low >= 0x80) {
    bytes.push((low & 0x7f) | 0x80);
    low >>>= 7;
  }
  bytes.push(low);
  return Uint8Array.from(bytes);
}

function bigVarintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/**
 * A column is a list of numbers, one of which is like the one before. Whole numbers, and those of a few decimals, are
 * written as differences; others as those of the eight bytes that differ from the number before.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';

/** The first byte of a column of numbers: how many decimals they have, or this. */
const AS_BYTES = 255;
const DECIMALS = [0, 1, 2, 3, 4, 6];
/** So that the difference of two can be written. */
const MOST = 2 ** 50;

/** Whole numbers; how many there are is not written. */
export function writeIntegers(out: ByteWriter, values: readonly number[]): void {
  let last = 0;
  for (const value of values) {
    out.integer(value - last);
    last = value;
  }
}

export function readIntegers(from: ByteReader, length: number): number[] {
  const values: number[] = [];
  let last = 0;
  for (let i = 0; i < length; i++) {
    last += from.integer();
    values.push(last);
  }
  return values;
}

/** Any numbers, each as it is. */
export function writeNumbers(out: ByteWriter, values: readonly number[]): void {
  for (const decimals of DECIMALS) {
    const scaled = scale(values, 10 ** decimals);
    if (scaled === undefined) continue;
    out.byte(decimals);
    writeIntegers(out, scaled);
    return;
  }
  out.byte(AS_BYTES);
  let last = Buffer.alloc(8);
  for (const value of values) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    writeDifference(out, last, bytes);
    last = bytes;
  }
}

export function readNumbers(from: ByteReader, length: number): number[] {
  const decimals = from.byte();
  if (decimals !== AS_BYTES) {
    const factor = 10 ** decimals;
    return readIntegers(from, length).map((value) => value / factor);
  }
  const values: number[] = [];
  const bytes = Buffer.alloc(8);
  for (let i = 0; i < length; i++) {
    readDifference(from, bytes);
    values.push(bytes.readDoubleBE(0));
  }
  return values;
}

function scale(values: readonly number[], factor: number): number[] | undefined {
  const scaled: number[] = [];
  for (const value of values) {
    const whole = Math.round(value * factor);
    if (whole / factor !== value || Math.abs(whole) > MOST) return undefined;
    scaled.push(whole);
  }
  return scaled;
}

/** One byte says how many bytes are the same in front and behind, then come those between. */
function writeDifference(out: ByteWriter, last: Buffer, bytes: Buffer): void {
  let front = 0;
  while (front < 8 && bytes[front] === last[front]) front += 1;
  let behind = 0;
  while (front + behind < 8 && bytes[7 - behind] === last[7 - behind]) behind += 1;
  out.byte(front * 16 + behind);
  out.raw(bytes.subarray(front, 8 - behind));
}

/** `bytes` is the number before, and becomes the number. */
function readDifference(from: ByteReader, bytes: Buffer): void {
  const same = from.byte();
  const front = same >> 4;
  bytes.set(from.raw(Math.max(0, 8 - front - (same & 15))), front);
}

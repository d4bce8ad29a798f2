/** Keys and values as a store accepts them: keys are bounded UTF-8 text, values are JSON. */
import { AppError } from '../../domain/errors.ts';

/** As a string, or in UTF-8. */
export type JsonText = string | Uint8Array;

/** A value as it is put. */
export interface PutValue {
  readonly text: JsonText;
  readonly tail?: Uint8Array | undefined;
}

export const MAX_KEY_BYTES = 1_800;

/** Throws `invalid` unless the text can be a key. */
export function checkKey(key: string): void {
  if (key === '') throw new AppError('invalid', 'a key must not be empty');
  // No UTF-16 unit needs more than three bytes, so short keys are not measured.
  if (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new AppError('invalid', `a key has at most ${MAX_KEY_BYTES} bytes`, {
      details: { start: key.slice(0, 80) },
    });
  }
  if (/\p{Surrogate}/u.test(key)) throw new AppError('invalid', 'a key must be well-formed Unicode');
}

/** The value as JSON text; throws `invalid` for what JSON cannot hold. */
export function encodeValue(key: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new AppError('invalid', 'the value is not JSON', { cause, details: { key } });
  }
  if (text === undefined) throw new AppError('invalid', 'the value is not JSON', { details: { key } });
  return text;
}

/** The text as a string. */
export function stringOf(text: JsonText): string {
  return typeof text === 'string' ? text : Buffer.from(text.buffer, text.byteOffset, text.length).toString();
}

/** Orders keys by their UTF-8 bytes, which is the order of their code points. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let left = a.charCodeAt(i);
    let right = b.charCodeAt(i);
    if (left === right) continue;
    // UTF-16 puts surrogates (code points from U+10000) before U+E000 to U+FFFF; UTF-8 does not.
    if (left >= 0xd800 && right >= 0xd800) {
      left += left >= 0xe000 ? -0x2000 : 0x2000;
      right += right >= 0xe000 ? -0x2000 : 0x2000;
    }
    return left - right;
  }
  return a.length - b.length;
}

/** Reads ASN.1's distinguished encoding, as much of it as certificates are made of. */

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

const LONG_FORM = 0x80;
const MOST_LENGTH_BYTES = 4;

/** The elements that bytes consist of; undefined when they are not well-formed. */
export function derElements(bytes: Uint8Array): readonly DerElement[] | undefined {
  const found: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const length = lengthAt(bytes, at + 1);
    if (length === undefined) return undefined;
    const content = bytes.subarray(length.next, length.next + length.value);
    if (content.length < length.value) return undefined;
    found.push({ tag, content });
    at = length.next + length.value;
  }
  return found;
}

function lengthAt(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < LONG_FORM) return { value: first, next: at + 1 };
  const count = first - LONG_FORM;
  const digits = bytes.subarray(at + 1, at + 1 + count);
  if (count === 0 || count > MOST_LENGTH_BYTES || digits.length < count) return undefined;
  return { value: digits.reduce((sum, digit) => sum * 256 + digit, 0), next: at + 1 + count };
}

/**
 * Looks a CBOR body through before it is read. The SDK's reader is made for answers of AWS: it believes lengths, and
 * big numbers and decimals of a few bytes keep it busy for hours. So only what the protocol has passes: maps with text
 * as keys, lists, text, bytes, numbers, true, false, null, and tag 1 (a moment).
 */
import { serializationError } from '../json/decode.ts';

const MAX_DEPTH = 64;
const BREAK = 0xff;
const INDEFINITE = 31;
const TIMESTAMP_TAG = 1;
/** false, true, null, undefined; floats of 16, 32 and 64 bits. */
const SIMPLE_LENGTHS: Readonly<Record<number, number>> = { 20: 0, 21: 0, 22: 0, 23: 0, 25: 2, 26: 4, 27: 8 };
/** How many bytes an argument has that does not fit beside the type. */
const ARGUMENT_LENGTHS: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 };

const MAJOR = { bytes: 2, text: 3, list: 4, map: 5, tag: 6, simple: 7 } as const;

/** Throws SerializationException for what is cut off, has more behind it, is nested too deeply or no part of the protocol. */
export function checkCbor(bytes: Uint8Array): void {
  const walk = new Walk(bytes);
  walk.item(0);
  if (!walk.atEnd) throw malformed();
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): void {
    if (depth > MAX_DEPTH) throw malformed();
    const head = this.#next();
    const major = head >> 5;
    const minor = head & 31;
    switch (major) {
      case MAJOR.bytes:
      case MAJOR.text:
        if (minor === INDEFINITE) this.#chunks(major);
        else this.#skip(this.#argument(minor));
        return;
      case MAJOR.list:
        this.#items(minor, () => this.item(depth + 1));
        return;
      case MAJOR.map:
        this.#items(minor, () => {
          this.#key();
          this.item(depth + 1);
        });
        return;
      case MAJOR.tag:
        if (this.#argument(minor) !== TIMESTAMP_TAG) throw malformed();
        this.item(depth + 1);
        return;
      case MAJOR.simple: {
        const length = SIMPLE_LENGTHS[minor];
        if (length === undefined) throw malformed();
        this.#skip(length);
        return;
      }
      default:
        this.#argument(minor);
    }
  }

  /** Each item has a byte at least: a length beyond what is left is a lie. */
  #items(minor: number, each: () => void): void {
    if (minor === INDEFINITE) {
      while (!this.#atBreak()) each();
      return;
    }
    const count = this.#argument(minor);
    if (count > this.#bytes.length - this.#at) throw malformed();
    for (let index = 0; index < count; index += 1) each();
  }

  #key(): void {
    const head = this.#next();
    const minor = head & 31;
    if (head >> 5 !== MAJOR.text || minor === INDEFINITE) throw malformed();
    this.#skip(this.#argument(minor));
  }

  #chunks(major: number): void {
    while (!this.#atBreak()) {
      const head = this.#next();
      const minor = head & 31;
      if (head >> 5 !== major || minor === INDEFINITE) throw malformed();
      this.#skip(this.#argument(minor));
    }
  }

  /** Moves over a break when there is one. */
  #atBreak(): boolean {
    if (this.#bytes[this.#at] !== BREAK) return false;
    this.#at += 1;
    return true;
  }

  #argument(minor: number): number {
    if (minor < 24) return minor;
    const length = ARGUMENT_LENGTHS[minor];
    if (length === undefined) throw malformed();
    const from = this.#at;
    this.#skip(length);
    switch (length) {
      case 1:
        return this.#view.getUint8(from);
      case 2:
        return this.#view.getUint16(from);
      case 4:
        return this.#view.getUint32(from);
      default:
        return Number(this.#view.getBigUint64(from));
    }
  }

  #next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw malformed();
    this.#at += 1;
    return byte;
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.#at) throw malformed();
    this.#at += length;
  }
}

function malformed() {
  return serializationError('Could not parse request body into cbor');
}

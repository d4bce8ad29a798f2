/** XDR (RFC 4506), as much of it as NFS needs. */

export class XdrWriter {
  readonly #pieces: Buffer[] = [];

  uint32(...values: number[]): this {
    for (const value of values) {
      const piece = Buffer.alloc(4);
      piece.writeUInt32BE(value >>> 0);
      this.#pieces.push(piece);
    }
    return this;
  }

  uint64(value: bigint | number): this {
    const piece = Buffer.alloc(8);
    piece.writeBigUInt64BE(BigInt(value));
    this.#pieces.push(piece);
    return this;
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  /** Of a length that both sides know. */
  fixed(bytes: Buffer): this {
    this.#pieces.push(bytes, Buffer.alloc(padding(bytes.length)));
    return this;
  }

  /** With its length before it. */
  opaque(content: Buffer | string): this {
    const bytes = Buffer.from(content);
    return this.uint32(bytes.length).fixed(bytes);
  }

  /** Bits by their numbers. */
  bitmap(numbers: readonly number[]): this {
    const words = [0, 0];
    for (const number of numbers) words[number >> 5] = (words[number >> 5] ?? 0) | (1 << (number & 31));
    return this.uint32(words.length, ...words);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

export class XdrReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  uint64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigUInt64BE(this.#at - 8);
  }

  bool(): boolean {
    return this.uint32() !== 0;
  }

  fixed(length: number): Buffer {
    const start = this.#at;
    this.#at += length + padding(length);
    return this.#bytes.subarray(start, start + length);
  }

  opaque(): Buffer {
    return this.fixed(this.uint32());
  }

  text(): string {
    return this.opaque().toString('utf8');
  }

  bitmap(): number[] {
    const words = Array.from({ length: this.uint32() }, () => this.uint32());
    return words.flatMap((word, index) =>
      Array.from({ length: 32 }, (_, bit) => bit)
        .filter((bit) => (word & (1 << bit)) !== 0)
        .map((bit) => index * 32 + bit),
    );
  }
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

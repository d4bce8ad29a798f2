/** Bytes that come little by little, in buffers that grow in number: none is copied into a larger one. */
import { BUFFER_BYTES, type MemoryBudget } from './memory-budget.ts';

/** The first is small, since many take little; each is twice the one before. */
const FIRST_BYTES = 4_096;
const LARGEST_BYTES = BUFFER_BYTES;

export class PieceBuffer {
  readonly #memory: MemoryBudget;
  readonly #buffers: Buffer[] = [];
  /** Of the last one. */
  #used = 0;
  #capacity = 0;

  constructor(memory: MemoryBudget) {
    this.#memory = memory;
  }

  /** Of memory that it takes, with what is kept for more. */
  get capacity(): number {
    return this.#capacity;
  }

  /** The memory itself, for `giveBack`. */
  get buffers(): readonly Buffer[] {
    return this.#buffers;
  }

  /** Copies a part of what is given. */
  append(bytes: Uint8Array, from: number, until: number): void {
    for (let at = from; at < until; ) {
      const last = this.#withRoom();
      const some = Math.min(until - at, last.length - this.#used);
      last.set(bytes.subarray(at, at + some), this.#used);
      this.#used += some;
      at += some;
    }
  }

  /** What was appended. */
  pieces(): Buffer[] {
    const last = this.#buffers.length - 1;
    return this.#buffers.map((buffer, index) => (index === last ? buffer.subarray(0, this.#used) : buffer));
  }

  /** Puts others in the place of what was appended. */
  rewrite(all: readonly Uint8Array[]): void {
    const old = this.#buffers.splice(0);
    this.#capacity = 0;
    for (const bytes of all) this.append(bytes, 0, bytes.length);
    this.#memory.giveBack(old);
  }

  #withRoom(): Buffer {
    const last = this.#buffers.at(-1);
    if (last !== undefined && this.#used < last.length) return last;
    const bytes = last === undefined ? FIRST_BYTES : Math.min(2 * last.length, LARGEST_BYTES);
    const buffer = this.#memory.takeBuffer(bytes);
    this.#buffers.push(buffer);
    this.#capacity += bytes;
    this.#used = 0;
    return buffer;
  }
}

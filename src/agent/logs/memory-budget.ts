/**
 * How much output all sinks of a machine together may hold in memory. Each may hold a little in any case. Also the buffers
 * that they read into: memory that is new costs more than what is done with it.
 */

/** In any case, so that each goes on. */
const EACH_BYTES = 32_768;
const ALL_BYTES = 48 * 2 ** 20;
export const BUFFER_BYTES = 262_144;
const MOST_BUFFERS = 4;

export class MemoryBudget {
  readonly #buffers: Buffer[] = [];
  #usedBytes = 0;

  /** How much more one may read that holds so much already; it says with `add` what it really read. */
  room(heldBytes: number, mostBytes: number): number {
    const shared = Math.max(0, ALL_BYTES - this.#usedBytes);
    return Math.max(0, Math.max(Math.min(shared, mostBytes - heldBytes), EACH_BYTES - heldBytes));
  }

  add(bytes: number): void {
    this.#usedBytes += bytes;
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** Lends a buffer for one piece of work. */
  async withBuffer<T>(work: (buffer: Buffer) => Promise<T>): Promise<T> {
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    try {
      return await work(buffer);
    } finally {
      if (this.#buffers.length < MOST_BUFFERS) this.#buffers.push(buffer);
    }
  }
}

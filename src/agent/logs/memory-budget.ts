/**
 * How much output all sinks of a machine together may hold in memory. Each may hold a little in any case. Also the buffers
 * that they read into, and gather events in: memory that is new costs more than what is done with it, and what is let go
 * stays with the process for long.
 */

import { Limiter } from '../limiter.ts';

/** In any case, so that each goes on. */
const EACH_BYTES = 8_192;
const ALL_BYTES = 12 * 2 ** 20;
export const BUFFER_BYTES = 262_144;
const MOST_READING = 4;
/** Of buffers that nobody uses so much is kept in any case, and what sinks leave of the budget. */
const LEAST_SPARE_BYTES = 4 * 2 ** 20;

/** What one holder has of it. */
export interface MemoryShare {
  /** It holds so much now; 0 at its end. */
  hold(bytes: number): void;
}

export class MemoryBudget {
  /** By their length. */
  readonly #spare = new Map<number, Buffer[]>();
  #spareBytes = 0;
  readonly #readers = new Limiter(MOST_READING);
  #usedBytes = 0;

  /** For one holder. */
  share(): MemoryShare {
    let held = 0;
    return {
      hold: (bytes) => {
        this.#usedBytes += bytes - held;
        held = bytes;
      },
    };
  }

  /** How much more one may read that holds so much already; it says by its share what memory that really took. */
  room(heldBytes: number, mostBytes: number): number {
    const shared = Math.max(0, ALL_BYTES - this.#usedBytes);
    return Math.max(0, Math.max(Math.min(shared, mostBytes - heldBytes), EACH_BYTES - heldBytes));
  }

  /** Lends a buffer to read into for one piece of work, in turn: as many read at once as Node has threads for it. */
  withBuffer<T>(work: (buffer: Buffer) => Promise<T>): Promise<T> {
    return this.#readers.run(async () => {
      const buffer = this.takeBuffer(BUFFER_BYTES);
      try {
        return await work(buffer);
      } finally {
        this.giveBack([buffer]);
      }
    });
  }

  /** Memory of its own, of just so many bytes; whatever stands in it. There should be few lengths. */
  takeBuffer(bytes: number): Buffer {
    const buffer = this.#spare.get(bytes)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(bytes);
    this.#spareBytes -= bytes;
    return buffer;
  }

  /** For buffers of `takeBuffer` that nobody looks at any more. Others than these are simply let go. */
  giveBack(buffers: readonly Buffer[]): void {
    const most = Math.max(LEAST_SPARE_BYTES, ALL_BYTES - this.#usedBytes);
    for (const buffer of buffers) {
      if (this.#spareBytes + buffer.length > most) return;
      const same = this.#spare.get(buffer.length) ?? [];
      this.#spare.set(buffer.length, same);
      same.push(buffer);
      this.#spareBytes += buffer.length;
    }
  }
}

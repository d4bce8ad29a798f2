/** How much output all sinks of a machine together may hold in memory. Each may hold a little in any case. */

/** In any case, so that each goes on. */
const EACH_BYTES = 32_768;
const ALL_BYTES = 48 * 2 ** 20;

export class MemoryBudget {
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
}

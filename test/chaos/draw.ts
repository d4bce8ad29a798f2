/** Chance that is the same for the same seed (mulberry32). */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A draw of its own: what is drawn from it changes nothing of what is drawn from this one later. */
  fork(): Draw {
    return new Draw(this.below(2 ** 32));
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<T>(all: readonly [T, ...T[]]): T {
    return all[this.below(all.length)] ?? all[0];
  }

  shuffle<T>(all: readonly T[]): T[] {
    return all
      .map((one) => ({ one, place: this.#next() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ one }) => one);
  }

  /** True so many times of a hundred. */
  percent(share: number): boolean {
    return this.#next() * 100 < share;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

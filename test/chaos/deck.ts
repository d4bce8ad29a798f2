/** Blows as cards are dealt: in an order by chance, and none again before each has come. */
import { type Blow, BLOW_SORTS } from './blow.ts';
import { BLOWS } from './blows.ts';
import type { Draw } from './draw.ts';

export class Deck {
  readonly #draw: Draw;
  readonly #blows: readonly Blow[];
  #left: Blow[] = [];

  /** `named`: parts of names, one of which a blow's has. */
  constructor(draw: Draw, named: readonly string[] = ['']) {
    this.#draw = draw;
    this.#blows = BLOWS.filter(({ name }) => named.some((part) => name.includes(part)));
    if (this.#blows.length === 0) throw new Error('no such blow');
  }

  /** Names of one blow of each sort. */
  static oneOfEachSort(draw: Draw): string[] {
    return BLOW_SORTS.flatMap((sort) => {
      const [first, ...others] = BLOWS.filter((blow) => blow.sort === sort);
      return first === undefined ? [] : [draw.pick([first, ...others]).name];
    });
  }

  deal(count: number): Blow[] {
    return Array.from({ length: count }, () => this.#next());
  }

  #next(): Blow {
    if (this.#left.length === 0) this.#left = this.#draw.shuffle(this.#blows);
    const blow = this.#left.shift();
    if (blow === undefined) throw new Error('an empty deck');
    return blow;
  }
}

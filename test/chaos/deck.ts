/** Blows as cards are dealt: in an order by chance, and none again before each has come. */
import { type Blow, BLOW_SORTS } from './blow.ts';
import { BLOWS } from './blows.ts';
import type { Draw } from './draw.ts';

export class Deck {
  readonly #draw: Draw;
  readonly #blows: readonly Blow[];
  #left: Blow[] = [];

  private constructor(draw: Draw, blows: readonly Blow[]) {
    this.#draw = draw;
    this.#blows = blows;
    if (blows.length === 0) throw new Error('no such blow');
  }

  /** Of all blows whose names have one of these in them. */
  static of(draw: Draw, parts: readonly string[] = ['']): Deck {
    const isMeant = ({ name }: Blow): boolean => parts.some((part) => name.includes(part));
    return new Deck(draw, BLOWS.filter(isMeant));
  }

  static oneOfEachSort(draw: Draw): Deck {
    const blows = BLOW_SORTS.flatMap((sort) => {
      const [first, ...others] = BLOWS.filter((blow) => blow.sort === sort);
      return first === undefined ? [] : [draw.pick([first, ...others])];
    });
    return new Deck(draw, blows);
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

/** Bounds the memory of results of queries, all of them together: the oldest go, and are found again when somebody asks. */
import type { QueryState } from './insights/insights-queries.ts';

const MOST_CHARACTERS = 128 * 2 ** 20;

export class HeldResults {
  /** With their sizes in characters, the oldest first. */
  readonly #sizes = new Map<QueryState, number>();

  /** Holds the results of a query that is complete; those of the newest stay, however large. */
  add(state: QueryState): void {
    this.#sizes.delete(state);
    this.#sizes.set(state, sizeOf(state));
    let all = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [other, size] of this.#sizes) {
      if (all <= MOST_CHARACTERS || other === state) return;
      delete other.progress;
      this.#sizes.delete(other);
      all -= size;
    }
  }

  /** The query is no more. */
  forget(state: QueryState): void {
    this.#sizes.delete(state);
  }
}

function sizeOf({ progress }: QueryState): number {
  return (progress?.results ?? [])
    .flat()
    .reduce((sum, { field, value }) => sum + field.length + value.length, 0);
}

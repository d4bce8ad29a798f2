/** The store's contract in its plainest form: a map that is sorted anew for each range. */
import type { RangeOptions, Write } from '../store.ts';

export class StoreModel {
  readonly #values = new Map<string, unknown>();

  apply(writes: readonly Write[]): void {
    for (const write of writes) {
      if ('put' in write) this.#values.set(write.put, valueOf(write));
      else if ('delete' in write) this.#values.delete(write.delete);
      else
        for (const key of this.#values.keys())
          if (key.startsWith(write.deletePrefix)) this.#values.delete(key);
    }
  }

  range({ prefix, after, limit, reverse = false }: RangeOptions): [string, unknown][] {
    const order = reverse ? -1 : 1;
    return Array.from(this.#values)
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => order * Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .filter(
        ([key]) => after === undefined || order * Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
      )
      .slice(0, limit);
  }
}

function valueOf(write: Extract<Write, { readonly put: string }>): unknown {
  return JSON.parse('json' in write ? new TextDecoder().decode(write.json) : JSON.stringify(write.value));
}

/** One at a time for each key, first come first served. Saves this process from conflicts with itself. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` when all earlier work of the key is over, however it ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : before.then(work);
    const over = result.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, over);
    try {
      return await result;
    } finally {
      if (this.#last.get(key) === over) this.#last.delete(key);
    }
  }
}

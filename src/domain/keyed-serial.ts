/** One action a key at a time, in the order of the calls. */
export class KeyedSerial {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the action after all earlier ones of this key have ended, whatever became of them. */
  run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(key) ?? Promise.resolve()).then(action, action);
    const tail = result
      .catch(() => undefined)
      .finally(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    this.#tails.set(key, tail);
    return result;
  }

  /** Resolves when nothing is running. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

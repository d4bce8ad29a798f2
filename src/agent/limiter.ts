/** At most so many at once; the others wait in order. Any number may wait under one signal. */
interface Waiter {
  readonly enter: () => void;
  readonly leave: (reason: unknown) => void;
}

export class Limiter {
  readonly #limit: number;
  readonly #waiting: Waiter[] = [];
  readonly #bySignal = new Map<AbortSignal, { readonly waiters: Set<Waiter>; readonly abort: () => void }>();
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` when there is room. The wait ends with the signal, where there is one. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next.enter();
    }
  }

  async #enter(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.#limit) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        enter: () => {
          if (signal !== undefined) this.#unwatch(waiter, signal);
          resolve();
        },
        leave: (reason) => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          reject(reason as Error);
        },
      };
      this.#waiting.push(waiter);
      if (signal !== undefined) this.#watch(waiter, signal);
    });
  }

  /** One listener a signal: Node warns of many. */
  #watch(waiter: Waiter, signal: AbortSignal): void {
    const watched = this.#bySignal.get(signal);
    if (watched !== undefined) {
      watched.waiters.add(waiter);
      return;
    }
    const waiters = new Set([waiter]);
    const abort = (): void => {
      this.#bySignal.delete(signal);
      for (const each of waiters) each.leave(signal.reason);
    };
    this.#bySignal.set(signal, { waiters, abort });
    signal.addEventListener('abort', abort, { once: true });
  }

  #unwatch(waiter: Waiter, signal: AbortSignal): void {
    const watched = this.#bySignal.get(signal);
    if (watched === undefined) return;
    watched.waiters.delete(waiter);
    if (watched.waiters.size > 0) return;
    this.#bySignal.delete(signal);
    signal.removeEventListener('abort', watched.abort);
  }
}

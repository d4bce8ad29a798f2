/** A clock that stands still until a test moves it. */
import type { Clock } from '../clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Milliseconds until the first of them wakes; undefined when nobody sleeps. */
  get untilNext(): number | undefined {
    if (this.#sleepers.length === 0) return undefined;
    return Math.max(Math.min(...this.#sleepers.map(({ until }) => until)) - this.#now, 0);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(new DOMException('the sleep was aborted', 'AbortError'));
      };
      const sleeper = {
        until: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.push(sleeper);
      this.#wake();
    });
  }

  /** Moves time on and wakes whoever has slept enough, the earliest first. */
  advance(ms: number): void {
    this.#now += ms;
    this.#wake();
  }

  #wake(): void {
    const due = this.#sleepers.filter(({ until }) => until <= this.#now).sort((a, b) => a.until - b.until);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    for (const { wake } of due) wake();
  }
}

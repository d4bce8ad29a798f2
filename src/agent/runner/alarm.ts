/** Wakes up once at a time that may be moved; by the injected clock. */
import type { Clock } from '../../ports/clock.ts';

export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at: number | undefined;
  #sleep = new AbortController();

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** The one time at which to ring, epoch milliseconds; undefined for none. */
  set(at: number | undefined): void {
    if (at === this.#at) return;
    this.#sleep.abort();
    this.#at = at;
    if (at === undefined) return;
    this.#sleep = new AbortController();
    this.#clock.sleep(Math.max(at - this.#clock.now(), 0), this.#sleep.signal).then(
      () => {
        this.#at = undefined;
        this.#ring();
      },
      () => undefined,
    );
  }
}

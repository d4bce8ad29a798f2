/**
 * Timers of many that wait for about the same: those that are due within a few milliseconds share one. A thousand
 * containers that are looked at ten times a second would else make ten thousand timers and what hangs on them.
 */
import type { Clock } from '../../ports/clock.ts';

const STEP_MS = 25;

interface Moment {
  readonly wakes: Set<() => void>;
  readonly over: AbortController;
}

export class WakeUps {
  readonly #clock: Clock;
  readonly #moments = new Map<number, Moment>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `wake` once, after `ms` or a little more; answers how to call that off, which may be done at any time. */
  after(ms: number, wake: () => void): () => void {
    const at = Math.ceil((this.#clock.now() + ms) / STEP_MS) * STEP_MS;
    const moment = this.#moments.get(at) ?? this.#begin(at);
    const own = (): void => wake();
    moment.wakes.add(own);
    return () => {
      if (moment.wakes.delete(own) && moment.wakes.size === 0) this.#end(at, moment);
    };
  }

  #begin(at: number): Moment {
    const moment = { wakes: new Set<() => void>(), over: new AbortController() };
    this.#moments.set(at, moment);
    const slept = this.#clock.sleep(at - this.#clock.now(), moment.over.signal);
    void slept.then(
      () => {
        this.#end(at, moment);
        for (const wake of moment.wakes) wake();
        moment.wakes.clear();
      },
      () => undefined,
    );
    return moment;
  }

  #end(at: number, moment: Moment): void {
    if (this.#moments.get(at) === moment) this.#moments.delete(at);
    moment.over.abort();
  }
}

/** Where the time of a task's launch went: each step with its start and its length. */
import type { Clock } from '../../ports/clock.ts';

export interface StepTiming {
  /** e.g. `attach-eni`, `pull-image:web`. */
  readonly step: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
}

export class Timings {
  readonly #clock: Clock;
  readonly #steps: StepTiming[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to measure; the function that it returns ends it. */
  begin(step: string): () => void {
    const startedAt = this.#clock.now();
    return () => {
      this.#steps.push({ step, startedAt, durationMs: this.#clock.now() - startedAt });
    };
  }

  list(): readonly StepTiming[] {
    return [...this.#steps];
  }
}

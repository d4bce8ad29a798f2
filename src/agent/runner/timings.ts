/** Where the time of a task's launch went: each step with its start and its length. */
import type { Clock } from '../../ports/clock.ts';
import { type Step, stepKey, type StepName } from './steps.ts';

export interface StepTiming {
  /** e.g. `attach-eni`, `pull-image:web`. */
  readonly step: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** Told of each step that has ended, however it ended. */
export type StepObserver = (step: StepName, outcome: StepOutcome, durationMs: number) => void;

/** `failed` is also what was given up since the task was to stop. */
export type StepOutcome = 'done' | 'failed';

export class Timings {
  readonly #clock: Clock;
  readonly #onStep: StepObserver | undefined;
  readonly #steps: StepTiming[] = [];

  constructor(clock: Clock, onStep: StepObserver | undefined) {
    this.#clock = clock;
    this.#onStep = onStep;
  }

  /** Begins to measure; the function that it returns ends it. */
  begin(step: Step): (outcome: StepOutcome) => void {
    const startedAt = this.#clock.now();
    return (outcome) => {
      const durationMs = this.#clock.now() - startedAt;
      this.#steps.push({ step: stepKey(step), startedAt, durationMs });
      this.#onStep?.(step.name, outcome, durationMs);
    };
  }

  list(): readonly StepTiming[] {
    return [...this.#steps];
  }
}

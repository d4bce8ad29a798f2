/** Who waits for a container's process to end. */
import type { TaskFacts } from './facts.ts';

export class ExitWaiters {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Resolves at the next `tell` that finds the container stopped. */
  wait(name: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
    });
  }

  tell({ containers }: TaskFacts): void {
    for (const { name, phase } of containers) {
      if (phase !== 'stopped') continue;
      for (const resolve of this.#waiting.get(name) ?? []) resolve();
      this.#waiting.delete(name);
    }
  }
}

/**
 * Which images tasks have asked for, and when, by the names that the image store knows them by; and who is about to
 * be removed. A pull waits until a removal of its image is over: it finds the image, or that it is gone, never half of it.
 */
import type { Clock } from '../../ports/clock.ts';

export class ImageUse {
  readonly #clock: Clock;
  readonly #usedAt = new Map<string, number>();
  readonly #removals = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A task uses the image, or begins to. */
  note(name: string): void {
    this.#usedAt.set(name, this.#clock.now());
  }

  /** Undefined: not since this agent started. */
  usedAt(name: string): number | undefined {
    return this.#usedAt.get(name);
  }

  /** Notes the use, and resolves when the image is not being removed. */
  async begin(name: string): Promise<void> {
    this.note(name);
    await this.#removals.get(name);
  }

  async remove(name: string, work: () => Promise<void>): Promise<void> {
    this.#usedAt.delete(name);
    const removal = work();
    this.#removals.set(
      name,
      removal.catch(() => undefined),
    );
    try {
      await removal;
    } finally {
      this.#removals.delete(name);
    }
  }
}

/**
 * A pull that other tasks follow which want the same image: while it gets on they only wait. At its first trouble, or when
 * nothing has moved for some time, each goes on by itself, by its own network; what there is by then is used by all.
 */
import { AppError } from '../../domain/errors.ts';
import type { PullProgress } from '../../domain/task/pull-progress.ts';
import type { Clock } from '../../ports/clock.ts';

type Watcher = (progress: PullProgress) => void;

export class LeadingPull {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #watchers = new Set<Watcher>();
  readonly #outcome: Promise<boolean>;
  #settle: (isThere: boolean) => void = () => undefined;
  #moves = 0;

  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** The image is there. */
  done(): void {
    this.#settle(true);
  }

  /** Something has failed; it may be tried again, or not. */
  trouble(): void {
    this.#settle(false);
  }

  tell(progress: PullProgress): void {
    this.#moves += 1;
    for (const watcher of this.#watchers) watcher(progress);
  }

  /** True when the image is there; false when whoever asks had better pull it itself. */
  async isThere(watcher: Watcher, signal: AbortSignal): Promise<boolean> {
    this.#watchers.add(watcher);
    const ended = new AbortController();
    const either = AbortSignal.any([ended.signal, signal]);
    try {
      for (;;) {
        const before = this.#moves;
        const late = this.#clock.sleep(this.#patienceMs, either).catch(() => undefined);
        const outcome = await Promise.race([this.#outcome, late]);
        if (signal.aborted) throw new AppError('aborted', 'the pull was cancelled');
        if (typeof outcome === 'boolean') return outcome;
        if (this.#moves === before) return false;
      }
    } finally {
      ended.abort();
      this.#watchers.delete(watcher);
    }
  }
}

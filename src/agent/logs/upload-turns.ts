/**
 * Which sinks of a machine send at the same time. What one upload takes (copies, ciphertext, what HTTP keeps of it) is
 * a multiple of its events, and many at once are no sooner done than some after the others.
 */
import type { Clock } from '../../ports/clock.ts';

const MOST_AT_ONCE = 16;
/** Others wait no longer for one that is not answered. */
const LONGEST_MS = 500;

export interface UploadTurn {
  /** May be called again. */
  end(): void;
}

export class UploadTurns {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #free = MOST_AT_ONCE;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is one's turn, in the order of the calls; rejects with the reason when the signal fires. */
  async take(signal: AbortSignal): Promise<UploadTurn> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#handedOver(signal);
    return this.#begin();
  }

  /** Resolves when somebody else's turn ended in favour of this one. */
  #handedOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(settle);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(settle);
    });
  }

  #begin(): UploadTurn {
    const over = new AbortController();
    const end = (): void => {
      if (over.signal.aborted) return;
      over.abort();
      this.#pass();
    };
    void this.#clock.sleep(LONGEST_MS, over.signal).then(end, () => undefined);
    return { end };
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

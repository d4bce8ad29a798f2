/**
 * Which sinks of a machine send at the same time. What one upload takes (copies, ciphertext, what HTTP keeps of it) is
 * a multiple of its events, and many at once are no sooner done than some after the others.
 */
import type { Clock } from '../../ports/clock.ts';
import { Limiter } from '../limiter.ts';

const MOST_AT_ONCE = 16;
/** Others wait no longer for one that is not answered. */
const LONGEST_MS = 500;

export interface UploadTurn {
  /** May be called again. */
  end(): void;
}

export class UploadTurns {
  readonly #clock: Clock;
  readonly #limiter = new Limiter(MOST_AT_ONCE);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is one's turn, in the order of the calls; rejects with the reason when the signal fires. */
  take(signal: AbortSignal): Promise<UploadTurn> {
    return new Promise((resolve, reject) => {
      const turn = async (): Promise<void> => {
        const over = new AbortController();
        resolve({ end: () => over.abort() });
        await this.#clock.sleep(LONGEST_MS, over.signal).catch(() => undefined);
      };
      this.#limiter.run(turn, signal).catch(reject);
    });
  }
}

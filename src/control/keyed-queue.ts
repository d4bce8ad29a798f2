/**
 * Work by key: at most one worker a key, a key asked for while it is worked on is worked on once more after that.
 * A failure is tried again with growing delay. Level-triggered: the worker reads the present state itself.
 */
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 5_000;

interface Slot {
  again: boolean;
}

export interface KeyedQueueDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export class KeyedQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #deps: KeyedQueueDeps;
  readonly #slots = new Map<string, Slot>();

  constructor(work: (key: string) => Promise<void>, deps: KeyedQueueDeps) {
    this.#work = work;
    this.#deps = deps;
  }

  add(key: string): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      slot.again = true;
      return;
    }
    const fresh = { again: false };
    this.#slots.set(key, fresh);
    void this.#run(key, fresh);
  }

  async #run(key: string, slot: Slot): Promise<void> {
    const { clock, logger, signal } = this.#deps;
    let delayMs = FIRST_DELAY_MS;
    do {
      slot.again = false;
      try {
        await this.#work(key);
        delayMs = FIRST_DELAY_MS;
      } catch (error) {
        if (signal.aborted) break;
        logger.error('control: work failed, will try again', { key, error, delayMs });
        await clock.sleep(delayMs, signal).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
        slot.again = true;
      }
    } while (slot.again && !signal.aborted);
    this.#slots.delete(key);
  }
}

/**
 * Writes a task's record to the agent's store without holding anybody up. Changes of a moment become one write: each
 * one waits for the disk, and so would the container runtime's own, just when the task is launched. `recorded` is for
 * those who must know that all is on disk; it does not wait for company.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { AgentTaskRecord } from './facts.ts';

export interface RecordWriterDeps {
  readonly store: Store;
  readonly key: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is lost by a crash in this time is found again on the machine. */
const GATHER_MS = 100;

export class RecordWriter {
  readonly #deps: RecordWriterDeps;
  #next: AgentTaskRecord | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  /** Ends the wait for more changes. */
  #hurry = new AbortController();

  constructor(deps: RecordWriterDeps) {
    this.#deps = deps;
  }

  save(record: AgentTaskRecord): void {
    this.#next = record;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all that was saved so far is on disk; rejects when it could not be written. */
  async recorded(): Promise<void> {
    if (this.#writing !== undefined) this.#hurry.abort();
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #writeAll(): Promise<void> {
    const { store, key, clock, logger } = this.#deps;
    while (this.#next !== undefined) {
      await clock.sleep(GATHER_MS, this.#hurry.signal).catch(() => undefined);
      const value = this.#next;
      this.#next = undefined;
      try {
        await store.transact([], [{ put: key, value }]);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error;
        logger.error('task: cannot write its record', { error });
      }
    }
    this.#hurry = new AbortController();
    this.#writing = undefined;
  }
}

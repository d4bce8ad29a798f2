/**
 * Writes a task's record to the agent's store without holding anybody up: while one write is on its way, only the
 * newest state waits behind it. `recorded` is for those who must know that it is on disk.
 */
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { AgentTaskRecord } from './facts.ts';

export class RecordWriter {
  readonly #store: Store;
  readonly #key: string;
  readonly #logger: Logger;
  #next: AgentTaskRecord | undefined;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(store: Store, key: string, logger: Logger) {
    this.#store = store;
    this.#key = key;
    this.#logger = logger;
  }

  save(record: AgentTaskRecord): void {
    this.#next = record;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all that was saved so far is on disk; rejects when it could not be written. */
  async recorded(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #writeAll(): Promise<void> {
    // One turn of the event loop: what changes at the same moment becomes one write.
    await Promise.resolve();
    while (this.#next !== undefined) {
      const value = this.#next;
      this.#next = undefined;
      try {
        await this.#store.transact([], [{ put: this.#key, value }]);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = error;
        this.#logger.error('task: cannot write its record', { error });
      }
    }
    this.#writing = undefined;
  }
}

/**
 * When to look at a container's output: by inotify while it is quiet, by a timer while it writes. A watch that is
 * kept while a container writes line by line would cost more than reading.
 */
import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from '../../ports/clock.ts';
import { type OutputFiles, SOURCES } from './output-files.ts';

/** Between two looks while there is output. */
const BUSY_LOOK_MS = 100;
/** So many looks without output make it quiet. */
const QUIET_LOOKS = 10;
/** Where the kernel gives no watches, and in case that one is lost. */
const UNWATCHED_LOOK_MS = 500;
const WATCHED_LOOK_MS = 30_000;

export class OutputActivity {
  readonly #files: OutputFiles;
  readonly #clock: Clock;
  #emptyLooks = 0;
  #wake: (() => void) | undefined;
  #isPoked = false;

  constructor(files: OutputFiles, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  /** Ends the present wait, or the next one. */
  poke(): void {
    this.#isPoked = true;
    this.#wake?.();
  }

  /**
   * Waits for the next look, at most `ms`. `sawOutput`: what the last look found; `readUntil`: the sum of the files'
   * bytes that were read.
   */
  async next(sawOutput: boolean, readUntil: number, ms: number): Promise<void> {
    this.#emptyLooks = sawOutput ? 0 : this.#emptyLooks + 1;
    if (this.#emptyLooks < QUIET_LOOKS) await this.#rest(Math.min(ms, BUSY_LOOK_MS));
    else await this.#watch(readUntil, ms);
    this.#isPoked = false;
  }

  async #watch(readUntil: number, ms: number): Promise<void> {
    const watcher = this.#openWatch();
    try {
      // What was written before the watch was there gives no event.
      const { stdout, stderr } = await this.#files.sizes();
      if (stdout + stderr > readUntil) return;
      await this.#rest(Math.min(ms, watcher === undefined ? UNWATCHED_LOOK_MS : WATCHED_LOOK_MS));
    } finally {
      watcher?.close();
    }
  }

  #openWatch(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#files.directory, { persistent: false }, (_event, name) => {
        if (!SOURCES.some((source) => source === name)) return;
        this.#emptyLooks = 0;
        this.poke();
      });
      watcher.on('error', () => this.poke());
      return watcher;
    } catch {
      return undefined;
    }
  }

  async #rest(ms: number): Promise<void> {
    if (this.#isPoked) return;
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const slept = this.#clock.sleep(ms, over.signal).catch(() => undefined);
    await Promise.race([woken, slept]);
    this.#wake = undefined;
    over.abort();
  }
}

/**
 * When to look at a container's output: by inotify while it is quiet, by a timer while it writes. A watch that is
 * kept while a container writes line by line would cost more than reading.
 */
import { type FSWatcher, watch } from 'node:fs';
import { type OutputFiles, SOURCES } from './output-files.ts';
import type { WakeUps } from './wake-ups.ts';

/** Between two looks while there is output. */
const BUSY_LOOK_MS = 100;
/** So many looks without output make it quiet. */
const QUIET_LOOKS = 10;
/** Where the kernel gives no watches, and in case that one is lost. */
const UNWATCHED_LOOK_MS = 500;
const WATCHED_LOOK_MS = 30_000;

export class OutputActivity {
  readonly #files: OutputFiles;
  readonly #wakeUps: WakeUps;
  #emptyLooks = 0;
  #wake: (() => void) | undefined;
  #isPoked = false;

  constructor(files: OutputFiles, wakeUps: WakeUps) {
    this.#files = files;
    this.#wakeUps = wakeUps;
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
    if (this.#emptyLooks < QUIET_LOOKS) await this.rest(Math.min(ms, BUSY_LOOK_MS));
    else await this.#watch(readUntil, ms);
  }

  async #watch(readUntil: number, ms: number): Promise<void> {
    const watcher = this.#openWatch();
    try {
      // What was written before the watch was there gives no event.
      const { stdout, stderr } = await this.#files.sizes();
      if (stdout + stderr > readUntil) return;
      await this.rest(Math.min(ms, watcher === undefined ? UNWATCHED_LOOK_MS : WATCHED_LOOK_MS));
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

  /** Waits so long, whatever is written. */
  async rest(ms: number): Promise<void> {
    if (!this.#isPoked) await this.#wokenAfter(ms);
    this.#isPoked = false;
  }

  async #wokenAfter(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const callOff = this.#wakeUps.after(ms, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

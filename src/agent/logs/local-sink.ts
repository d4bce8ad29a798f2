/** Output that goes nowhere: its newest part is kept on the machine, so that nothing fills the disk. */
import type { Logger } from '../../ports/logger.ts';
import { type OutputFiles, type Offsets, SOURCES } from './output-files.ts';
import type { OutputSink } from './output-sink.ts';
import { SinkLife } from './sink-life.ts';
import type { WakeUps } from './wake-ups.ts';

/** Of each file this much is kept at least, and at most twice as much. */
const KEEP_BYTES = 8 * 2 ** 20;
const LOOK_MS = 3_600_000;

export class LocalSink implements OutputSink {
  readonly #files: OutputFiles;
  readonly #life: SinkLife;

  constructor(files: OutputFiles, wakeUps: WakeUps, logger: Logger) {
    this.#files = files;
    this.#life = new SinkLife({ files, wakeUps, logger });
  }

  start(): void {
    this.#life.start(() => this.#run());
  }

  async drain(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.#life.close();
  }

  async #run(): Promise<void> {
    let seen = 0;
    const freed: Offsets = { stdout: 0, stderr: 0 };
    while (!this.#life.signal.aborted) {
      const sizes = await this.#files.sizes();
      for (const source of SOURCES) {
        if (sizes[source] - freed[source] <= 2 * KEEP_BYTES) continue;
        freed[source] = sizes[source] - KEEP_BYTES;
        await this.#files.free(source, freed[source]);
      }
      const total = sizes.stdout + sizes.stderr;
      await this.#life.activity.next(total > seen, total, LOOK_MS);
      seen = total;
    }
  }
}

/** The life of a sink: it follows a container's output until that has ended and all is taken, or the agent ends. */
import type { Logger } from '../../ports/logger.ts';
import { OutputActivity } from './output-activity.ts';
import type { OutputFiles } from './output-files.ts';
import type { WakeUps } from './wake-ups.ts';

export interface SinkLifeParts {
  readonly files: OutputFiles;
  readonly wakeUps: WakeUps;
  readonly logger: Logger;
}

export class SinkLife {
  /** Tells when there is more, or something has changed. */
  readonly activity: OutputActivity;
  readonly #logger: Logger;
  readonly #end = new AbortController();
  #isDraining = false;
  #running: Promise<void> | undefined;

  constructor({ files, wakeUps, logger }: SinkLifeParts) {
    this.activity = new OutputActivity(files, wakeUps);
    this.#logger = logger;
  }

  /** Fires when nothing more is to be done. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** The output has ended: what is there is the last of it. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Begins once. `follow` ends when all is taken, or by the signal. */
  start(follow: () => Promise<void>): void {
    this.#running ??= follow().catch((error: unknown) => {
      if (!this.signal.aborted) this.#logger.error('logs: following ended', { error });
    });
  }

  /** Resolves when all is taken, or soon after the signal fires. */
  async drain(signal: AbortSignal): Promise<void> {
    const giveUp = (): void => this.end();
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    this.#isDraining = true;
    this.activity.poke();
    await this.#running;
    signal.removeEventListener('abort', giveUp);
  }

  /** Nothing more is to be done. */
  end(): void {
    this.#end.abort();
    this.activity.poke();
  }

  /** Resolves when nothing of it goes on. */
  async close(): Promise<void> {
    this.end();
    await this.#running;
  }
}

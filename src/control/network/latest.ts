/**
 * Work that looks at the present state, one at a time: whoever asks gets a run that began after the asking, and all who
 * ask during a run share the next one.
 */
export class Latest {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** What changes now may or may not be seen by the run that is under way. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves (or rejects) with the end of the run. */
  run(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    const start = (): Promise<void> => this.#start();
    this.#next ??= this.#running.then(start, start);
    return this.#next;
  }

  /** Resolves when every run that was asked for has ended, well or not. */
  async idle(): Promise<void> {
    await (this.#next ?? this.#running)?.catch(() => undefined);
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const run = this.#work();
    const end = (): void => {
      if (this.#running === run) this.#running = undefined;
    };
    this.#running = run;
    run.then(end, end);
    return run;
  }
}

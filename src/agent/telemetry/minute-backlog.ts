/**
 * Minutes on their way to the control plane: told in order, one batch at a time, each until it is acknowledged. What
 * is not heard for an hour is given up, the oldest first. In memory: an agent that ends forgets what it has not told.
 */
import type { MinuteBatch, TaskMinute } from '../../domain/telemetry/task-minute.ts';

const TASKS_A_BATCH = 50;
const MAX_AGE_MS = 3_600_000;
/** Tasks' minutes: some 40 MB. */
const MAX_TASK_MINUTES = 60_000;

export interface MinuteBacklogOptions {
  /** Of this process alone: by it repeats are told apart. */
  readonly run: string;
  /** How many minutes of tasks are kept; default 60,000. */
  readonly limit?: number;
}

export class MinuteBacklog {
  readonly #run: string;
  readonly #limit: number;
  #batches: MinuteBatch[] = [];
  #lastNumber = 0;
  #taskMinutes = 0;
  #send: ((batch: MinuteBatch) => void) | undefined;

  constructor({ run, limit = MAX_TASK_MINUTES }: MinuteBacklogOptions) {
    this.#run = run;
    this.#limit = limit;
  }

  /** Batches that have not been acknowledged. */
  get length(): number {
    return this.#batches.length;
  }

  /** What was measured in a minute that has just ended. What is still not acknowledged is told again. */
  add(tasks: readonly TaskMinute[]): void {
    for (let from = 0; from < tasks.length; from += TASKS_A_BATCH) {
      const part = tasks.slice(from, from + TASKS_A_BATCH);
      this.#lastNumber += 1;
      this.#batches.push({ run: this.#run, number: this.#lastNumber, tasks: part });
      this.#taskMinutes += part.length;
    }
    const newest = tasks.at(-1)?.at;
    while (this.#taskMinutes > this.#limit || isTooOld(this.#batches[0], newest)) this.#drop();
    this.#tell();
  }

  /** From now on batches are sent this way, until `disconnected`. */
  connected(send: (batch: MinuteBatch) => void): void {
    this.#send = send;
    this.#tell();
  }

  disconnected(): void {
    this.#send = undefined;
  }

  /** The batch of this number is on record there. An acknowledgement that comes twice counts once. */
  acknowledged(number: number): void {
    if (this.#batches[0]?.number !== number) return;
    this.#drop();
    this.#tell();
  }

  #drop(): void {
    this.#taskMinutes -= this.#batches.shift()?.tasks.length ?? 0;
  }

  #tell(): void {
    const [first] = this.#batches;
    if (first !== undefined) this.#send?.(first);
  }
}

function isTooOld(batch: MinuteBatch | undefined, newest: number | undefined): boolean {
  const at = batch?.tasks[0]?.at;
  return at !== undefined && newest !== undefined && newest - at > MAX_AGE_MS;
}

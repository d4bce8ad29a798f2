/**
 * Events on their way: gathered into batches as PutLogEvents takes them, sorted by time, sent when one is full or the
 * oldest event has waited long enough. Pure but for its own state.
 */
import { bytesOf } from '../../wire/http/body-pieces.ts';
import type { EventTarget, OutputEvent, OutputLines } from './event-reader.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { type Batch, OpenBatch } from './open-batch.ts';

/** Longest wait of an event for company, where nothing else is said: that of Docker's awslogs driver. */
export const FLUSH_INTERVAL_MS = 5_000;

export class EventBatches implements EventTarget {
  readonly #full: Batch[] = [];
  #open: OpenBatch | undefined;
  #fullBytes = 0;
  readonly #memory: MemoryBudget;
  readonly #flushIntervalMs: number;

  constructor(memory: MemoryBudget, flushIntervalMs = FLUSH_INTERVAL_MS) {
    this.#memory = memory;
    this.#flushIntervalMs = flushIntervalMs;
  }

  /** Bytes of all events that wait. */
  get pendingBytes(): number {
    return this.#fullBytes + (this.#open?.bytes ?? 0);
  }

  /** Of memory that they take, with what is kept for more. */
  get memoryBytes(): number {
    const full = this.#full.reduce((sum, { buffers }) => sum + bytesOf(buffers), 0);
    return full + (this.#open?.memoryBytes ?? 0);
  }

  /** True when a batch need not wait for its time. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  add(event: OutputEvent, now: number): void {
    if (this.#open?.add(event) === true) return;
    this.#close();
    this.#open = new OpenBatch(now, this.#memory);
    this.#open.add(event);
  }

  addLines(lines: OutputLines): number {
    const open = this.#open ?? new OpenBatch(lines.timestamp, this.#memory);
    const taken = open.addLines(lines);
    if (open.events > 0) this.#open = open;
    return taken;
  }

  /** Whether `take` gives one. */
  has(now: number, force: boolean): boolean {
    return this.#full.length > 0 || this.#isDue(now, force);
  }

  /** When the next batch is to be sent: now, later, or (nothing waits) never. */
  dueAt(now: number): number | undefined {
    if (this.#full.length > 0) return now;
    return this.#open === undefined ? undefined : this.#open.since + this.#flushIntervalMs;
  }

  /** The oldest batch; `force`: even one that is neither full nor due. */
  take(now: number, force: boolean): Batch | undefined {
    if (this.#full.length === 0 && this.#isDue(now, force)) this.#close();
    const batch = this.#full.shift();
    if (batch !== undefined) this.#fullBytes -= batch.bytes;
    return batch;
  }

  #isDue(now: number, force: boolean): boolean {
    return this.#open !== undefined && (force || now >= this.#open.since + this.#flushIntervalMs);
  }

  #close(): void {
    if (this.#open === undefined) return;
    const batch = this.#open.finish();
    this.#full.push(batch);
    this.#fullBytes += batch.bytes;
    this.#open = undefined;
  }
}

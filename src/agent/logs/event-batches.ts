/**
 * Events on their way: gathered into batches as PutLogEvents takes them, sorted by time, sent when one is full or the
 * oldest event has waited long enough. Pure but for its own state.
 */
import type { EventTarget, OutputEvent, OutputLines } from './event-reader.ts';
import { type Batch, OpenBatch } from './open-batch.ts';

/** Longest wait of an event for company, where nothing else is said: that of Docker's awslogs driver. */
export const FLUSH_INTERVAL_MS = 5_000;

export class EventBatches implements EventTarget {
  readonly #full: Batch[] = [];
  #open: OpenBatch | undefined;
  #fullBytes = 0;
  readonly #flushIntervalMs: number;

  constructor(flushIntervalMs = FLUSH_INTERVAL_MS) {
    this.#flushIntervalMs = flushIntervalMs;
  }

  /** Bytes of all events that wait. */
  get pendingBytes(): number {
    return this.#fullBytes + (this.#open?.bytes ?? 0);
  }

  /** True when a batch need not wait for its time. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  add(event: OutputEvent, now: number): void {
    if (this.#open?.add(event) === true) return;
    this.#close();
    this.#open = new OpenBatch(now);
    this.#open.add(event);
  }

  addLines(lines: OutputLines): number {
    const open = this.#open ?? new OpenBatch(lines.timestamp);
    const taken = open.addLines(lines);
    if (open.events > 0) this.#open = open;
    return taken;
  }

  /** When the next batch is to be sent: now, later, or (nothing waits) never. */
  dueAt(now: number): number | undefined {
    if (this.#full.length > 0) return now;
    return this.#open === undefined ? undefined : this.#open.since + this.#flushIntervalMs;
  }

  /** The oldest batch; `force`: even one that is neither full nor due. */
  take(now: number, force: boolean): Batch | undefined {
    const isDue = this.#open !== undefined && (force || now >= this.#open.since + this.#flushIntervalMs);
    if (this.#full.length === 0 && isDue) this.#close();
    const batch = this.#full.shift();
    if (batch !== undefined) this.#fullBytes -= batch.bytes;
    return batch;
  }

  #close(): void {
    if (this.#open === undefined) return;
    const batch = this.#open.finish();
    this.#full.push(batch);
    this.#fullBytes += batch.bytes;
    this.#open = undefined;
  }
}

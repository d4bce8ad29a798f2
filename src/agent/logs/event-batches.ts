/**
 * Events on their way: gathered into batches as PutLogEvents takes them, sorted by time, sent when one is full or the
 * oldest event has waited long enough. Pure but for its own state.
 */
import type { OutputEvent } from './event-reader.ts';

export const BATCH_LIMITS = { bytes: 1_048_576, events: 10_000, overheadBytes: 26 } as const;
/** Longest wait of an event for company. */
export const FLUSH_INTERVAL_MS = 5_000;

/** An event and the file it came from. */
export interface SourcedEvent extends OutputEvent {
  readonly source: string;
}

export interface Batch {
  readonly events: readonly SourcedEvent[];
  readonly bytes: number;
}

export class EventBatches {
  readonly #full: Batch[] = [];
  #open: SourcedEvent[] = [];
  #openBytes = 0;
  #openSince = 0;
  #pendingBytes = 0;

  /** Bytes of all events that wait. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** True when a batch need not wait for its time. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  add(event: SourcedEvent, now: number): void {
    const cost = event.bytes + BATCH_LIMITS.overheadBytes;
    if (this.#openBytes + cost > BATCH_LIMITS.bytes || this.#open.length >= BATCH_LIMITS.events)
      this.#close();
    if (this.#open.length === 0) this.#openSince = now;
    this.#open.push(event);
    this.#openBytes += cost;
    this.#pendingBytes += cost;
  }

  /** When the next batch is to be sent: now, later, or (nothing waits) never. */
  dueAt(now: number): number | undefined {
    if (this.#full.length > 0) return now;
    return this.#open.length === 0 ? undefined : this.#openSince + FLUSH_INTERVAL_MS;
  }

  /** The oldest batch; `force`: even one that is neither full nor due. */
  take(now: number, force: boolean): Batch | undefined {
    const isDue = this.#open.length > 0 && (force || now >= this.#openSince + FLUSH_INTERVAL_MS);
    if (this.#full.length === 0 && isDue) this.#close();
    const batch = this.#full.shift();
    if (batch !== undefined) this.#pendingBytes -= batch.bytes;
    return batch;
  }

  #close(): void {
    const events = this.#open.toSorted((a, b) => a.timestamp - b.timestamp);
    this.#full.push({ events, bytes: this.#openBytes });
    this.#open = [];
    this.#openBytes = 0;
  }
}

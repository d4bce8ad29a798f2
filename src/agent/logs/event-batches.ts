/**
 * Events on their way: gathered into batches as PutLogEvents takes them, sorted by time, sent when one is full or the
 * oldest event has waited long enough. Pure but for its own state.
 */
import type { OutputEvent } from './event-reader.ts';
import type { Offsets } from './output-files.ts';

export const BATCH_LIMITS = { bytes: 1_048_576, events: 10_000, overheadBytes: 26 } as const;
/** Less than the day that events of one batch may lie apart. */
const MOST_SPAN_MS = 23 * 3_600_000;
/** Longest wait of an event for company, where nothing else is said: that of Docker's awslogs driver. */
export const FLUSH_INTERVAL_MS = 5_000;

export interface Batch {
  readonly events: readonly OutputEvent[];
  readonly bytes: number;
  /** Where in its file the last event of each source ends; 0 where there is none. */
  readonly ends: Readonly<Offsets>;
}

export class EventBatches {
  readonly #full: Batch[] = [];
  #open: OutputEvent[] = [];
  #openBytes = 0;
  #openEnds: Offsets = { stdout: 0, stderr: 0 };
  #isOpenSorted = true;
  #openSince = 0;
  #pendingBytes = 0;
  readonly #flushIntervalMs: number;

  constructor(flushIntervalMs = FLUSH_INTERVAL_MS) {
    this.#flushIntervalMs = flushIntervalMs;
  }

  /** Bytes of all events that wait. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** True when a batch need not wait for its time. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  add(event: OutputEvent, now: number): void {
    const cost = event.bytes + BATCH_LIMITS.overheadBytes;
    if (!this.#fits(event, cost)) this.#close();
    const last = this.#open.at(-1);
    if (last === undefined) this.#openSince = now;
    else if (last.timestamp > event.timestamp) this.#isOpenSorted = false;
    this.#open.push(event);
    this.#openEnds[event.source] = event.end;
    this.#openBytes += cost;
    this.#pendingBytes += cost;
  }

  /** When the next batch is to be sent: now, later, or (nothing waits) never. */
  dueAt(now: number): number | undefined {
    if (this.#full.length > 0) return now;
    return this.#open.length === 0 ? undefined : this.#openSince + this.#flushIntervalMs;
  }

  /** The oldest batch; `force`: even one that is neither full nor due. */
  take(now: number, force: boolean): Batch | undefined {
    const isDue = this.#open.length > 0 && (force || now >= this.#openSince + this.#flushIntervalMs);
    if (this.#full.length === 0 && isDue) this.#close();
    const batch = this.#full.shift();
    if (batch !== undefined) this.#pendingBytes -= batch.bytes;
    return batch;
  }

  #fits({ timestamp }: OutputEvent, cost: number): boolean {
    const [first] = this.#open;
    if (first === undefined) return true;
    if (Math.abs(timestamp - first.timestamp) > MOST_SPAN_MS) return false;
    return this.#openBytes + cost <= BATCH_LIMITS.bytes && this.#open.length < BATCH_LIMITS.events;
  }

  #close(): void {
    if (!this.#isOpenSorted) this.#open.sort((a, b) => a.timestamp - b.timestamp);
    this.#full.push({ events: this.#open, bytes: this.#openBytes, ends: this.#openEnds });
    this.#open = [];
    this.#openBytes = 0;
    this.#openEnds = { stdout: 0, stderr: 0 };
    this.#isOpenSorted = true;
  }
}

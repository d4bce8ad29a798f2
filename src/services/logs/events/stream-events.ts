/**
 * Reads one stream's events in the order of their positions, in either direction. Batches of a stream may overlap
 * in time (they came in out of order), but none spans more than BATCH_SPAN_MS, so only a few are open at once.
 */
import { keys } from '../../../domain/keys.ts';
import {
  BATCH_SPAN_MS,
  batchKeyPart,
  comparePositions,
  type EventPosition,
  parseBatchKeyPart,
} from '../../../domain/logs/event-position.ts';
import type { LogEventBatch, LogEventBlock } from '../../../domain/logs/records.ts';
import type { Entry, Store } from '../../../ports/store.ts';
import { type StoredBatch, storedBatch } from './stored-batch.ts';

export interface StoredEvent {
  readonly position: EventPosition;
  readonly ingestionTime: number;
  readonly message: string;
}

export interface EventWindow {
  readonly backward: boolean;
  /** Only events behind this position, in the direction of reading. */
  readonly after?: EventPosition | undefined;
  /** Events from this time on. */
  readonly startTime: number;
  /** Events before this time. */
  readonly endTime: number;
  /** How many batches to load at once. */
  readonly chunk: number;
}

interface OpenBatch {
  readonly batch: StoredBatch;
  readonly sequence: number;
  /** Next event to hand out, and the last one in the direction of reading. */
  next: number;
  readonly last: number;
}

export class StreamEvents {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #streamId: string;
  readonly #window: EventWindow;
  #after: string;
  #loaded: Entry<LogEventBatch | LogEventBlock>[] = [];
  #allLoaded = false;
  #open: OpenBatch[] = [];
  #head: { readonly event: StoredEvent; readonly from: OpenBatch } | undefined;
  #settled = false;

  constructor(store: Store, groupId: string, streamId: string, window: EventWindow) {
    this.#store = store;
    this.#prefix = keys.logEvents(groupId, streamId);
    this.#streamId = streamId;
    this.#window = window;
    const { backward, after, startTime, endTime } = window;
    const from = backward
      ? Math.min(endTime, (after?.timestamp ?? endTime) + 1)
      : Math.max(0, Math.max(startTime, after?.timestamp ?? 0) - BATCH_SPAN_MS);
    this.#after = keys.logEvent(groupId, streamId, batchKeyPart(from, 0));
  }

  /** False when `settle` has to be called before `head` can be trusted. */
  get settled(): boolean {
    return this.#settled;
  }

  /** The next event; undefined at the end. */
  get head(): StoredEvent | undefined {
    return this.#head?.event;
  }

  /** Loads and opens batches until the next event is certain. */
  async settle(): Promise<void> {
    while (!this.#settled) {
      const head = this.#best();
      if (this.#loaded.length === 0 && !this.#allLoaded) await this.#load();
      const next = this.#loaded[0];
      if (next !== undefined && this.#mayComeBefore(next.key, head?.event.position.timestamp)) {
        this.#loaded.shift();
        this.#openBatch(next);
      } else {
        this.#head = head;
        this.#settled = true;
      }
    }
  }

  /** Goes on to the event after `head`. */
  advance(): void {
    if (this.#head === undefined) return;
    const { from } = this.#head;
    if (from.next === from.last) this.#open = this.#open.filter((one) => one !== from);
    else from.next += this.#window.backward ? -1 : 1;
    this.#settled = false;
  }

  async #load(): Promise<void> {
    const { backward, chunk } = this.#window;
    this.#loaded = await this.#store.range<LogEventBatch | LogEventBlock>({
      prefix: this.#prefix,
      after: this.#after,
      limit: chunk,
      reverse: backward,
    });
    this.#after = this.#loaded.at(-1)?.key ?? this.#after;
    this.#allLoaded = this.#loaded.length < chunk;
    const useful = this.#loaded.filter(({ key }) => this.#mayHoldEvents(key));
    if (useful.length < this.#loaded.length) this.#allLoaded = true;
    this.#loaded = useful;
  }

  /** False for batches beyond the window's far end, and so for all behind them. */
  #mayHoldEvents(key: string): boolean {
    const { firstTimestamp } = this.#batchKey(key);
    const { backward, startTime, endTime } = this.#window;
    return backward ? firstTimestamp + BATCH_SPAN_MS >= startTime : firstTimestamp < endTime;
  }

  #mayComeBefore(key: string, timestamp: number | undefined): boolean {
    if (timestamp === undefined) return true;
    const { firstTimestamp } = this.#batchKey(key);
    return this.#window.backward ? firstTimestamp + BATCH_SPAN_MS >= timestamp : firstTimestamp <= timestamp;
  }

  #openBatch(entry: Entry<LogEventBatch | LogEventBlock>): void {
    const { sequence } = this.#batchKey(entry.key);
    const batch = storedBatch(entry);
    const wanted = batch.timestamps.map((_, index) => this.#isWanted(batch, sequence, index));
    const first = wanted.indexOf(true);
    if (first < 0) return;
    const last = wanted.lastIndexOf(true);
    const ends = this.#window.backward ? { next: last, last: first } : { next: first, last };
    this.#open.push({ batch, sequence, ...ends });
  }

  #isWanted(batch: StoredBatch, sequence: number, index: number): boolean {
    const { backward, after, startTime, endTime } = this.#window;
    const position = this.#position(batch, sequence, index);
    if (position.timestamp < startTime || position.timestamp >= endTime) return false;
    if (after === undefined) return true;
    return backward ? comparePositions(position, after) < 0 : comparePositions(position, after) > 0;
  }

  #best(): { event: StoredEvent; from: OpenBatch } | undefined {
    let best: { position: EventPosition; from: OpenBatch } | undefined;
    for (const from of this.#open) {
      const position = this.#position(from.batch, from.sequence, from.next);
      const order = best === undefined ? -1 : comparePositions(position, best.position);
      if (best === undefined || (this.#window.backward ? order > 0 : order < 0)) best = { position, from };
    }
    if (best === undefined) return undefined;
    const { position, from } = best;
    const message = from.batch.message(from.next);
    return { event: { position, ingestionTime: from.batch.ingestionTime, message }, from };
  }

  #position(batch: StoredBatch, sequence: number, index: number): EventPosition {
    return {
      timestamp: batch.timestamps[index] as number,
      sequence,
      streamId: this.#streamId,
      index: batch.firstIndex + index,
    };
  }

  #batchKey(key: string): { firstTimestamp: number; sequence: number } {
    return parseBatchKeyPart(key.slice(this.#prefix.length));
  }
}

/** Events of many streams, of one group or several, merged by position. A stream is only read once the merge comes to its time. */
import { comparePositions } from '../../../domain/logs/event-position.ts';
import type { LogStreamRecord } from '../../../domain/logs/records.ts';
import type { Store } from '../../../ports/store.ts';
import { type EventWindow, type StoredEvent, StreamEvents } from './stream-events.ts';

/** As many batches of all streams together are loaded at once. */
const CHUNK = 8;

/** A stream that is read. */
export interface ReadStream {
  readonly groupId: string;
  readonly stream: LogStreamRecord;
}

export interface MergedEvent<S extends ReadStream = ReadStream> extends StoredEvent {
  readonly from: S;
}

interface Source<S> {
  readonly from: S;
  readonly events: StreamEvents;
  /** No event of the source comes before this time, in the direction of reading. */
  bound: number;
}

interface Head<S> {
  readonly source: Source<S>;
  readonly event: StoredEvent;
}

export class MergedEvents<S extends ReadStream = ReadStream> {
  readonly #backward: boolean;
  #sources: Source<S>[];
  #peeked: Source<S> | undefined;

  constructor(store: Store, streams: readonly S[], window: Omit<EventWindow, 'chunk'>) {
    this.#backward = window.backward;
    const chunk = Math.max(1, Math.floor(CHUNK / Math.max(1, streams.length)));
    this.#sources = streams.flatMap((from) => {
      const { firstEventTimestamp: first, lastEventTimestamp: last, streamId } = from.stream;
      if (first === undefined || last === undefined) return [];
      if (last < window.startTime || first >= window.endTime) return [];
      const events = new StreamEvents(store, from.groupId, streamId, { ...window, chunk });
      return [{ from, events, bound: window.backward ? last : first }];
    });
  }

  /** The next event, without going past it; undefined at the end. */
  async peek(): Promise<MergedEvent<S> | undefined> {
    const best = await this.#first();
    this.#peeked = best?.source;
    return best && { ...best.event, from: best.source.from };
  }

  /** Goes past the event that `peek` gave. */
  skip(event: MergedEvent<S>): void {
    if (this.#peeked === undefined) return;
    this.#peeked.bound = event.position.timestamp;
    this.#peeked.events.advance();
    this.#peeked = undefined;
  }

  async #first(): Promise<Head<S> | undefined> {
    for (;;) {
      const best = this.#bestSettled();
      const open = this.#sources.filter(
        ({ events, bound }) => !events.settled && !this.#isBeyond(bound, best?.event.position.timestamp),
      );
      if (open.length === 0) return best;
      for (const { events } of open) await events.settle();
      this.#sources = this.#sources.filter(({ events }) => !events.settled || events.head !== undefined);
    }
  }

  #bestSettled(): Head<S> | undefined {
    let best: Head<S> | undefined;
    for (const source of this.#sources) {
      const event = source.events.settled ? source.events.head : undefined;
      if (event === undefined) continue;
      const order = best === undefined ? -1 : comparePositions(event.position, best.event.position);
      if (best === undefined || (this.#backward ? order > 0 : order < 0)) best = { source, event };
    }
    return best;
  }

  #isBeyond(bound: number, timestamp: number | undefined): boolean {
    if (timestamp === undefined) return false;
    return this.#backward ? bound < timestamp : bound > timestamp;
  }
}

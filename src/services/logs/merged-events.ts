/** Events of many streams, merged by position. A stream is only read once the merge comes to its time. */
import { comparePositions } from '../../domain/logs/event-position.ts';
import type { LogStreamRecord } from '../../domain/logs/records.ts';
import type { Store } from '../../ports/store.ts';
import { type EventWindow, type StoredEvent, StreamEvents } from './stream-events.ts';

export interface MergedEvent extends StoredEvent {
  readonly logStreamName: string;
}

interface Source {
  readonly name: string;
  readonly events: StreamEvents;
  /** No event of the source comes before this time, in the direction of reading. */
  bound: number;
}

export class MergedEvents {
  readonly #backward: boolean;
  #sources: Source[];
  #peeked: Source | undefined;

  constructor(store: Store, groupId: string, streams: readonly LogStreamRecord[], window: EventWindow) {
    this.#backward = window.backward;
    this.#sources = streams.flatMap((stream) => {
      const { firstEventTimestamp: first, lastEventTimestamp: last } = stream;
      if (first === undefined || last === undefined) return [];
      if (last < window.startTime || first >= window.endTime) return [];
      const events = new StreamEvents(store, groupId, stream.streamId, window);
      return [{ name: stream.logStreamName, events, bound: window.backward ? last : first }];
    });
  }

  /** The next event, without going past it; undefined at the end. */
  async peek(): Promise<MergedEvent | undefined> {
    const best = await this.#first();
    this.#peeked = best?.source;
    return best && { ...best.event, logStreamName: best.source.name };
  }

  /** Goes past the event that `peek` gave. */
  skip(event: MergedEvent): void {
    if (this.#peeked === undefined) return;
    this.#peeked.bound = event.position.timestamp;
    this.#peeked.events.advance();
    this.#peeked = undefined;
  }

  async #first(): Promise<{ source: Source; event: StoredEvent } | undefined> {
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

  #bestSettled(): { source: Source; event: StoredEvent } | undefined {
    let best: { source: Source; event: StoredEvent } | undefined;
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

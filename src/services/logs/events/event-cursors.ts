/**
 * Readers of streams that stand where a page ended, so that the next page goes on there: to find the place anew, batches
 * of some seconds before it have to be looked through, each time. A cursor holds as long as nothing comes into its stream.
 */
import type { StreamEvents } from './stream-events.ts';

export interface CursorPlace {
  readonly streamId: string;
  /** Of the stream when the page was read. */
  readonly lastSequence: number;
  /** What the page's request asked for, and the token that it answered. */
  readonly window: string;
  readonly token: string;
}

/** Each holds a few batches in memory. */
const MOST = 8;

export class EventCursors {
  readonly #byPlace = new Map<string, StreamEvents>();

  /** Takes the cursor that stands there, if there is one. */
  take(place: CursorPlace): StreamEvents | undefined {
    const key = keyOf(place);
    const cursor = this.#byPlace.get(key);
    this.#byPlace.delete(key);
    return cursor;
  }

  /** Keeps a cursor for whoever comes with the token. */
  keep(place: CursorPlace, cursor: StreamEvents): void {
    this.#byPlace.set(keyOf(place), cursor);
    const [oldest] = this.#byPlace.keys();
    if (this.#byPlace.size > MOST && oldest !== undefined) this.#byPlace.delete(oldest);
  }
}

function keyOf({ streamId, lastSequence, window, token }: CursorPlace): string {
  return [streamId, lastSequence, window, token].join(' ');
}

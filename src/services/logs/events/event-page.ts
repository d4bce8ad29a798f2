/** How much one answer with events holds: a number of events, and AWS's size of a response. */
import { eventBytes } from '../../../domain/logs/put-batch.ts';
import type { StoredEvent } from './stream-events.ts';

export const MAX_PAGE_EVENTS = 10_000;
const MAX_PAGE_BYTES = 1_048_576;

export class EventPage<T extends StoredEvent> {
  readonly events: T[] = [];
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds the event, unless the page is full without it. The first event always fits. */
  add(event: T): boolean {
    const bytes = eventBytes(event.message);
    const full = this.events.length >= this.#limit || this.#bytes + bytes > MAX_PAGE_BYTES;
    if (full && this.events.length > 0) return false;
    this.events.push(event);
    this.#bytes += bytes;
    return true;
  }
}

/** What becomes of the events of one PutLogEvents: which are accepted, and how they are stored. */
import { BATCH_SPAN_MS } from './event-position.ts';
import type { LogEventBatch } from './records.ts';

/** What there is to know of an event besides its message. */
export interface EventFigures {
  readonly timestamp: number;
  /** Index within the PutLogEvents. */
  readonly index: number;
  /** As AWS counts it: `eventBytes`. */
  readonly bytes: number;
}

export interface AcceptedEvent extends EventFigures {
  readonly message: string;
}

/** As AWS answers it: ends are exclusive, the start is inclusive. */
export interface RejectedEvents {
  tooNewLogEventStartIndex?: number;
  tooOldLogEventEndIndex?: number;
  expiredLogEventEndIndex?: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * HOUR_MS;
/** What AWS counts for an event besides its message. */
export const EVENT_OVERHEAD_BYTES = 26;
/** One batch is one value in the store; readers load a few at once. */
const MAX_BATCH_BYTES = 262_144;

/** Sorts out events that are too old, expired by the group's retention, or too new. `events` are in order of time. */
export function acceptEvents<E extends EventFigures>(
  events: readonly E[],
  nowMs: number,
  retentionInDays: number | undefined,
): { accepted: readonly E[]; rejected: RejectedEvents | undefined } {
  const before = (time: number): number => {
    const at = events.findIndex(({ timestamp }) => timestamp >= time);
    return at < 0 ? events.length : at;
  };
  const tooOld = before(nowMs - OLDEST_MS);
  const expired = retentionInDays === undefined ? 0 : before(nowMs - retentionInDays * DAY_MS);
  const tooNew = before(nowMs + NEWEST_MS + 1);
  const rejected: RejectedEvents = {
    ...(tooNew < events.length ? { tooNewLogEventStartIndex: tooNew } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
  };
  return {
    accepted: events.slice(Math.max(tooOld, expired), tooNew),
    rejected: Object.keys(rejected).length === 0 ? undefined : rejected,
  };
}

/** Events of one record: usually all, fewer when they are far apart in time or large. */
export function splitIntoBatches<E extends EventFigures>(events: readonly E[]): (readonly E[])[] {
  const batches: E[][] = [];
  let current: E[] = [];
  let bytes = 0;
  for (const event of events) {
    if (!fits(current[0]?.timestamp, bytes, event)) {
      current = [];
      bytes = 0;
      batches.push(current);
    }
    current.push(event);
    bytes += event.bytes;
  }
  return batches;
}

/** The record of events that are one, without their messages. */
export function batchFigures(
  events: readonly EventFigures[],
  ingestionTime: number,
): Omit<LogEventBatch, 'messages'> {
  return {
    ingestionTime,
    firstIndex: events[0]?.index ?? 0,
    timestamps: events.map(({ timestamp }) => timestamp),
    bytes: events.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function fits(first: number | undefined, bytes: number, { timestamp, bytes: more }: EventFigures): boolean {
  if (first === undefined) return false;
  if (timestamp - first > BATCH_SPAN_MS) return false;
  // Two batches of one upload must not begin at the same time, since that is their key.
  return timestamp === first || bytes + more <= MAX_BATCH_BYTES;
}

/** An event's size as AWS counts it. */
export function eventBytes(message: string): number {
  return utf8Length(message) + EVENT_OVERHEAD_BYTES;
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A pair of surrogates is 4 bytes: two of them are counted as units already.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

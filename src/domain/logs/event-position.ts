/**
 * Where a log event stands. Positions order all events of a log group: by timestamp, then by the order in which they
 * came in. The sequence of a PutLogEvents is its time of arrival in 1/1024 ms, made unique and rising within its
 * stream, so that it orders events across streams, too.
 */
export interface EventPosition {
  readonly timestamp: number;
  readonly sequence: number;
  readonly streamId: string;
  /** Index within its PutLogEvents. */
  readonly index: number;
}

/** A batch's events are at most this far apart, so that reading from a time need not look further back. */
export const BATCH_SPAN_MS = 10_000;

/** Later than any event. */
export const END_OF_TIME = 1e15 - 1;

const TICKS_PER_MS = 1_024;
const TIMESTAMP_DIGITS = 15;
const SEQUENCE_DIGITS = 16;
const INDEX_DIGITS = 5;
const STREAM_DIGITS = 20;
/** Digits of an event id and of a token, as at AWS. */
const ID_DIGITS = TIMESTAMP_DIGITS + SEQUENCE_DIGITS + INDEX_DIGITS + STREAM_DIGITS;

/** The sequence of a PutLogEvents that comes in now. */
export function nextSequence(nowMs: number, lastSequence: number): number {
  return Math.max(nowMs * TICKS_PER_MS, lastSequence + 1);
}

export function comparePositions(a: EventPosition, b: EventPosition): number {
  return (
    a.timestamp - b.timestamp ||
    a.sequence - b.sequence ||
    (a.streamId < b.streamId ? -1 : a.streamId > b.streamId ? 1 : 0) ||
    a.index - b.index
  );
}

/** The event's id: 56 digits, unique, and ordered as the positions of its stream are. */
export function eventId(position: EventPosition): string {
  return `${digits(position)}${position.streamId}`;
}

/** A number for GetLogEvents' tokens: 56 digits. */
export function positionToken(position: Omit<EventPosition, 'streamId'>): string {
  return `${digits(position)}${'0'.repeat(STREAM_DIGITS)}`;
}

/** The position in a token's or an event id's digits; undefined when they are none. */
export function parsePosition(text: string): EventPosition | undefined {
  if (text.length !== ID_DIGITS || !/^\d+$/.test(text)) return undefined;
  const timestampEnd = TIMESTAMP_DIGITS;
  const sequenceEnd = timestampEnd + SEQUENCE_DIGITS;
  const indexEnd = sequenceEnd + INDEX_DIGITS;
  return {
    timestamp: Number(text.slice(0, timestampEnd)),
    sequence: Number(text.slice(timestampEnd, sequenceEnd)),
    index: Number(text.slice(sequenceEnd, indexEnd)),
    streamId: text.slice(indexEnd),
  };
}

/** The last part of a batch's key: its keys are in the order of (first timestamp, sequence). */
export function batchKeyPart(firstTimestamp: number, sequence: number): string {
  return `${pad(firstTimestamp, TIMESTAMP_DIGITS)}-${pad(sequence, SEQUENCE_DIGITS)}`;
}

export function parseBatchKeyPart(part: string): { firstTimestamp: number; sequence: number } {
  const [firstTimestamp, sequence] = part.split('-');
  return { firstTimestamp: Number(firstTimestamp), sequence: Number(sequence) };
}

/** A new stream's id: 20 digits out of 16 random hexadecimal ones. */
export function streamIdFrom(hex: string): string {
  return BigInt(`0x${hex}`).toString().padStart(STREAM_DIGITS, '0');
}

const pad = (value: number, length: number): string => String(value).padStart(length, '0');

function digits({ timestamp, sequence, index }: Omit<EventPosition, 'streamId'>): string {
  return pad(timestamp, TIMESTAMP_DIGITS) + pad(sequence, SEQUENCE_DIGITS) + pad(index, INDEX_DIGITS);
}

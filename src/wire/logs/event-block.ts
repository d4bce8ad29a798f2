/**
 * Log events as agents send them to Neargate's own CloudWatch Logs, and as the store keeps them. Their text is not escaped, so
 * that nobody has to look at each byte of it. In a block stand one after the other:
 *
 *   the messages in UTF-8, behind each an end of line
 *   u32 for each message: its length without that
 *   f64, u32 for each run of events with the same time: the time in ms, how many they are
 *   u32, u32: how many events, how many runs
 *
 * All numbers are little-endian.
 */
import { isUtf8 } from 'node:buffer';

/** Events that follow each other and have the same time. */
export interface TimeRun {
  readonly timestamp: number;
  readonly events: number;
}

const LENGTH_BYTES = 4;
const RUN_BYTES = 12;
const COUNTS_BYTES = 8;
const LINE_FEED = 0x0a;

export class EventBlock {
  readonly runs: readonly TimeRun[];
  readonly #bytes: Buffer;
  /** Where each message begins, and behind the last one. */
  readonly #starts: Uint32Array;

  private constructor(bytes: Buffer, starts: Uint32Array, runs: readonly TimeRun[]) {
    this.runs = runs;
    this.#bytes = bytes;
    this.#starts = starts;
  }

  /** Undefined for what is no block. What its text is, `isText` says. Keeps the bytes. */
  static parse(source: Uint8Array): EventBlock | undefined {
    const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    const countsAt = bytes.length - COUNTS_BYTES;
    if (countsAt < 0) return undefined;
    const count = bytes.readUInt32LE(countsAt);
    const runCount = bytes.readUInt32LE(countsAt + 4);
    const textBytes = countsAt - count * LENGTH_BYTES - runCount * RUN_BYTES;
    if (textBytes < 0) return undefined;
    const starts = new Uint32Array(count + 1);
    for (let index = 0, start = 0; index < count; index += 1) {
      start += bytes.readUInt32LE(textBytes + index * LENGTH_BYTES) + 1;
      if (start > textBytes) return undefined;
      starts[index + 1] = start;
    }
    const runs = runsOf(bytes.subarray(textBytes + count * LENGTH_BYTES, countsAt));
    const timed = runs.reduce((sum, { events }) => sum + events, 0);
    return starts[count] === textBytes && timed === count ? new EventBlock(bytes, starts, runs) : undefined;
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** Of all messages with their ends. */
  get textBytes(): number {
    return this.#start(this.count);
  }

  /** Of each event, in their order. */
  timestamps(): number[] {
    const times: number[] = [];
    for (const { timestamp, events } of this.runs) {
      for (let event = 0; event < events; event += 1) times.push(timestamp);
    }
    return times;
  }

  /** In UTF-8. */
  length(index: number): number {
    return this.#start(index + 1) - 1 - this.#start(index);
  }

  message(index: number): string {
    return this.#bytes.toString('utf8', this.#start(index), this.#start(index + 1) - 1);
  }

  /** The same in UTF-8; not a copy. */
  bytes(index: number): Buffer {
    return this.#bytes.subarray(this.#start(index), this.#start(index + 1) - 1);
  }

  /** Whether each message is UTF-8 for itself. */
  isText(): boolean {
    for (let index = 1; index <= this.count; index += 1) {
      // No character goes on behind it.
      if (this.#bytes[this.#start(index) - 1] !== LINE_FEED) return false;
    }
    return isUtf8(this.#bytes.subarray(0, this.textBytes));
  }

  /** A block of some of its events, in memory of its own. */
  slice(from: number, until: number): Buffer {
    const text = this.#bytes.subarray(this.#start(from), this.#start(until));
    const lengths = Array.from({ length: until - from }, (_, index) => this.length(from + index));
    return Buffer.concat([text, blockTrailer(lengths, runsBetween(this.runs, from, until))]);
  }

  #start(index: number): number {
    return this.#starts[index] as number;
  }
}

/** What makes a block of the text before it. */
export function blockTrailer(lengths: readonly number[], runs: readonly TimeRun[]): Buffer {
  const trailer = Buffer.allocUnsafe(lengths.length * LENGTH_BYTES + runs.length * RUN_BYTES + COUNTS_BYTES);
  let at = 0;
  for (const length of lengths) at = trailer.writeUInt32LE(length, at);
  for (const { timestamp, events } of runs)
    at = trailer.writeUInt32LE(events, trailer.writeDoubleLE(timestamp, at));
  trailer.writeUInt32LE(runs.length, trailer.writeUInt32LE(lengths.length, at));
  return trailer;
}

function runsOf(bytes: Buffer): TimeRun[] {
  return Array.from({ length: bytes.length / RUN_BYTES }, (_, index) => ({
    timestamp: bytes.readDoubleLE(index * RUN_BYTES),
    events: bytes.readUInt32LE(index * RUN_BYTES + 8),
  }));
}

/** Of the events from one index up to another. */
function runsBetween(runs: readonly TimeRun[], from: number, until: number): TimeRun[] {
  let first = 0;
  return runs.flatMap(({ timestamp, events: all }) => {
    const events = Math.min(first + all, until) - Math.max(first, from);
    first += all;
    return events > 0 ? [{ timestamp, events }] : [];
  });
}

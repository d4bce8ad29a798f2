/** Events that are gathered for one PutLogEvents, as a block. What AWS allows of them is kept. */
import { blockBytes, writeTrailer } from '../../wire/logs/event-block.ts';
import { LONGEST_EVENT_BYTES, type OutputEvent, type OutputLines } from './event-reader.ts';
import type { Offsets } from './output-files.ts';

export const BATCH_LIMITS = { bytes: 1_048_576, events: 10_000, overheadBytes: 26 } as const;
/** Less than the day that events of one batch may lie apart. */
const MOST_SPAN_MS = 23 * 3_600_000;
const LEAST_TEXT_BYTES = 4_096;
const LINE_FEED = 0x0a;

/** A batch that is ready to be sent. */
export interface Batch {
  /** Its events, as wire/logs/event-block.ts has them. */
  readonly block: Buffer;
  readonly events: number;
  /** As AWS counts them. */
  readonly bytes: number;
  /** Where in its file the last event of each source ends; 0 where there is none. */
  readonly ends: Readonly<Offsets>;
}

export class OpenBatch {
  /** When the first event came. */
  readonly since: number;
  #block: Buffer = Buffer.allocUnsafeSlow(LEAST_TEXT_BYTES);
  #textBytes = 0;
  readonly #lengths: number[] = [];
  readonly #runs: { timestamp: number; events: number }[] = [];
  readonly #ends: Offsets = { stdout: 0, stderr: 0 };
  #bytes = 0;
  #isSorted = true;

  constructor(since: number) {
    this.since = since;
  }

  get events(): number {
    return this.#lengths.length;
  }

  /** As AWS counts them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** False when there is no room for it; the first one always fits. */
  add({ source, message, end, timestamp }: OutputEvent): boolean {
    if (!this.#isTime(timestamp) || !this.#fits(message.length)) return false;
    this.#reserve(message.length + 1);
    this.#block.set(message, this.#textBytes);
    this.#textBytes += message.length;
    this.#block[this.#textBytes++] = LINE_FEED;
    this.#count(message.length);
    this.#ends[source] = end;
    this.#addTime(timestamp, 1);
    return true;
  }

  /** As many of the lines as there is room for, up to one that is too long for an event; answers how many bytes. */
  addLines({ source, bytes, offset, timestamp }: OutputLines): number {
    if (!this.#isTime(timestamp)) return 0;
    const before = this.events;
    let from = 0;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      const length = end - start;
      if (length === 0) {
        // Empty messages are not events.
        this.#append(bytes, from, start);
        from = end + 1;
      } else if (!this.#fits(length)) break;
      else this.#count(length);
      start = end + 1;
    }
    this.#append(bytes, from, start);
    if (this.events > before) {
      this.#ends[source] = offset + start;
      this.#addTime(timestamp, this.events - before);
    }
    return start;
  }

  /** To be called once, at the end. */
  finish(): Batch {
    if (!this.#isSorted) this.#sort();
    this.#reserve(blockBytes(0, this.events, this.#runs.length));
    const length = writeTrailer(this.#block, this.#textBytes, this.#lengths, this.#runs);
    const { events } = this;
    return { block: this.#block.subarray(0, length), events, bytes: this.#bytes, ends: this.#ends };
  }

  #isTime(timestamp: number): boolean {
    const first = this.#runs[0]?.timestamp ?? timestamp;
    return Math.abs(timestamp - first) <= MOST_SPAN_MS;
  }

  #fits(length: number): boolean {
    if (length > LONGEST_EVENT_BYTES || this.events >= BATCH_LIMITS.events) return false;
    return this.#bytes + length + BATCH_LIMITS.overheadBytes <= BATCH_LIMITS.bytes;
  }

  /** Notes an event whose text stands in the block, or will. */
  #count(length: number): void {
    this.#lengths.push(length);
    this.#bytes += length + BATCH_LIMITS.overheadBytes;
  }

  #append(bytes: Buffer, from: number, until: number): void {
    if (until <= from) return;
    this.#reserve(until - from);
    bytes.copy(this.#block, this.#textBytes, from, until);
    this.#textBytes += until - from;
  }

  #addTime(timestamp: number, events: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.timestamp > timestamp) this.#isSorted = false;
    if (last?.timestamp === timestamp) last.events += events;
    else this.#runs.push({ timestamp, events });
  }

  #reserve(bytes: number): void {
    const needed = this.#textBytes + bytes;
    if (needed <= this.#block.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#block.length));
    this.#block.copy(larger, 0, 0, this.#textBytes);
    this.#block = larger;
  }

  /** By time; those of the same time keep their order. */
  #sort(): void {
    let at = 0;
    let index = 0;
    const runs = this.#runs.map((run) => {
      const from = at;
      const lengths = this.#lengths.slice(index, (index += run.events));
      for (const length of lengths) at += length + 1;
      return { run, lengths, text: Buffer.from(this.#block.subarray(from, at)) };
    });
    runs.sort((a, b) => a.run.timestamp - b.run.timestamp);
    Buffer.concat(runs.map(({ text }) => text)).copy(this.#block);
    this.#lengths.splice(0, Infinity, ...runs.flatMap(({ lengths }) => lengths));
    this.#runs.splice(0, Infinity, ...runs.map(({ run }) => run));
  }
}

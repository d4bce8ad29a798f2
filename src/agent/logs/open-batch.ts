/** Events that are gathered for one PutLogEvents, as a block. What AWS allows of them is kept. */
import { blockTrailer } from '../../wire/logs/event-block.ts';
import { behindEmptyLines } from './empty-lines.ts';
import { LONGEST_EVENT_BYTES, type OutputEvent, type OutputLines } from './event-reader.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Offsets } from './output-files.ts';
import { PieceBuffer } from './piece-buffer.ts';

export const BATCH_LIMITS = { bytes: 1_048_576, events: 10_000, overheadBytes: 26 } as const;
/** Less than the day that events of one batch may lie apart. */
const MOST_SPAN_MS = 23 * 3_600_000;
/** Of one in a list. */
const NUMBER_BYTES = 8;
const LINE_FEED = 0x0a;
const LINE_END = Buffer.from('\n');

/** A batch that is ready to be sent. */
export interface Batch {
  /** Its events, as wire/logs/event-block.ts has them; in pieces. */
  readonly block: readonly Buffer[];
  /** What they stand in: to be given back to the budget at the end. */
  readonly buffers: readonly Buffer[];
  readonly events: number;
  /** As AWS counts them. */
  readonly bytes: number;
  /** Where in its file the last event of each source ends; 0 where there is none. */
  readonly ends: Readonly<Offsets>;
}

export class OpenBatch {
  /** When the first event came. */
  readonly since: number;
  readonly #text: PieceBuffer;
  readonly #lengths: number[] = [];
  readonly #runs: { timestamp: number; events: number }[] = [];
  readonly #ends: Offsets = { stdout: 0, stderr: 0 };
  #bytes = 0;
  #isSorted = true;

  constructor(since: number, memory: MemoryBudget) {
    this.since = since;
    this.#text = new PieceBuffer(memory);
  }

  get events(): number {
    return this.#lengths.length;
  }

  /** As AWS counts them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of memory that it takes, with what is kept for more. */
  get memoryBytes(): number {
    return this.#text.capacity + this.events * NUMBER_BYTES;
  }

  /** False when there is no room for it; the first one always fits. */
  add({ source, message, end, timestamp }: OutputEvent): boolean {
    if (!this.#isTime(timestamp) || !this.#fits(message.length)) return false;
    this.#text.append(message, 0, message.length);
    this.#text.append(LINE_END, 0, LINE_END.length);
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
        this.#text.append(bytes, from, start);
        from = behindEmptyLines(bytes, start);
        start = from;
      } else if (this.#fits(length)) {
        this.#count(length);
        start = end + 1;
      } else break;
    }
    this.#text.append(bytes, from, start);
    if (this.events > before) {
      this.#ends[source] = offset + start;
      this.#addTime(timestamp, this.events - before);
    }
    return start;
  }

  /** To be called once, at the end. */
  finish(): Batch {
    if (!this.#isSorted) this.#sort();
    const trailer = blockTrailer(this.#lengths, this.#runs);
    this.#text.append(trailer, 0, trailer.length);
    const { events } = this;
    const { buffers } = this.#text;
    return { block: this.#text.pieces(), buffers, events, bytes: this.#bytes, ends: this.#ends };
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

  #addTime(timestamp: number, events: number): void {
    const last = this.#runs.at(-1);
    if (last !== undefined && last.timestamp > timestamp) this.#isSorted = false;
    if (last?.timestamp === timestamp) last.events += events;
    else this.#runs.push({ timestamp, events });
  }

  /** By time; those of the same time keep their order. */
  #sort(): void {
    const text = Buffer.concat(this.#text.pieces());
    let at = 0;
    let index = 0;
    const runs = this.#runs.map((run) => {
      const from = at;
      const lengths = this.#lengths.slice(index, (index += run.events));
      for (const length of lengths) at += length + 1;
      return { run, lengths, text: text.subarray(from, at) };
    });
    runs.sort((a, b) => a.run.timestamp - b.run.timestamp);
    this.#text.rewrite(runs.map((one) => one.text));
    this.#lengths.splice(0, Infinity, ...runs.flatMap(({ lengths }) => lengths));
    this.#runs.splice(0, Infinity, ...runs.map(({ run }) => run));
  }
}

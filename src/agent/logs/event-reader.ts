/**
 * Turns the bytes of one output file into log events: one a line, or several lines where a pattern marks the first;
 * what is longer than an event may be is split on a character's border. Each event knows where in the file it ends.
 */
import { isUtf8 } from 'node:buffer';
import type { LineTest } from '../../ports/line-patterns.ts';
import { characterBorder } from './character-border.ts';
import { behindEmptyLines } from './empty-lines.ts';
import type { Source } from './output-files.ts';

export interface OutputEvent {
  readonly source: Source;
  /** In UTF-8, not empty. */
  readonly message: Buffer;
  /** Offset in the file behind the event. */
  readonly end: number;
  /** When it was read. */
  readonly timestamp: number;
}

/** Lines that are events as they stand. */
export interface OutputLines {
  readonly source: Source;
  /** In UTF-8; each has its end. Some may be empty: those are no events. */
  readonly bytes: Buffer;
  /** Offset in the file of the first. */
  readonly offset: number;
  /** When they were read. */
  readonly timestamp: number;
}

/** Who takes events; keeps nothing of the memory that they stand in. */
export interface EventTarget {
  /** `now`: when it is handed over, which may be later than it was read. */
  add(event: OutputEvent, now: number): void;
  /** Takes lines from the first on; answers how many bytes. The next one is then for `add`. */
  addLines(lines: OutputLines): number;
}

/** CloudWatch's longest event, less what each one costs on top. */
export const LONGEST_EVENT_BYTES = 262_144 - 26;
const LINE_FEED = 0x0a;
const EMPTY = Buffer.alloc(0);

interface Collected {
  readonly lines: string[];
  bytes: number;
  end: number;
  timestamp: number;
}

export class EventReader {
  readonly #source: Source;
  readonly #firstLine: LineTest | undefined;
  readonly #target: EventTarget;
  /** Of a line that has not ended yet. */
  #held: Buffer = EMPTY;
  #collected: Collected | undefined;
  #offset: number;
  #eventsEnd: number;

  constructor(source: Source, offset: number, firstLine: LineTest | undefined, target: EventTarget) {
    this.#source = source;
    this.#offset = offset;
    this.#eventsEnd = offset;
    this.#firstLine = firstLine;
    this.#target = target;
  }

  /** Offset of the next byte to read. */
  get offset(): number {
    return this.#offset;
  }

  /** Offset behind the last event. */
  get eventsEnd(): number {
    return this.#eventsEnd;
  }

  /** Offset up to where nothing is held back: what is there behind the last event are empty lines. */
  get passed(): number {
    return this.#collected === undefined ? this.#offset - this.#held.length : this.#eventsEnd;
  }

  /** When the event that waits for more lines began. */
  get heldSince(): number | undefined {
    return this.#collected?.timestamp;
  }

  /** Of memory: the line that has not ended yet, and the event that waits for more lines. */
  get heldBytes(): number {
    return this.#held.length + (this.#collected?.bytes ?? 0);
  }

  /** Keeps nothing of the chunk, which may be used again. */
  push(chunk: Buffer, now: number): void {
    const begin = this.#offset;
    let start = 0;
    if (this.#held.length > 0) {
      const end = chunk.indexOf(LINE_FEED) + 1;
      if (end > 0) this.#endLine(Buffer.concat([this.#held, chunk.subarray(0, end - 1)]), begin + end, now);
      if (end > 0) this.#held = EMPTY;
      start = end;
    }
    const rest = chunk.lastIndexOf(LINE_FEED) + 1;
    if (rest > start) this.#pushLines(chunk.subarray(start, rest), begin + start, now);
    this.#held = Buffer.concat([this.#held, chunk.subarray(Math.max(start, rest))]);
    this.#offset = begin + chunk.length;
    while (this.#held.length >= LONGEST_EVENT_BYTES) this.#splitLine(now);
  }

  /** Ends the event that waits for more lines, if any. */
  release(now: number): void {
    const collected = this.#collected;
    this.#collected = undefined;
    if (collected === undefined) return;
    const { lines, end, timestamp } = collected;
    this.#emit(Buffer.from(lines.join('\n')), { end, timestamp }, now);
  }

  /** Ends all that is left, the line without an end included. */
  finish(now: number): void {
    const line = this.#held;
    this.#held = EMPTY;
    if (line.length > 0) this.#endLine(line, this.#offset, now);
    this.release(now);
  }

  /** Leaves out what is between here and `offset`: ends what has begun. */
  skipTo(offset: number, now: number): void {
    this.finish(now);
    this.#offset = offset;
  }

  /** Whole lines. What is special about one of them is for it alone. */
  #pushLines(lines: Buffer, offset: number, timestamp: number): void {
    const areEvents = this.#firstLine === undefined && isUtf8(lines);
    for (let at = 0; at < lines.length; ) {
      const bytes = lines.subarray(at);
      if (areEvents) {
        const taken = this.#target.addLines({ source: this.#source, bytes, offset: offset + at, timestamp });
        if (behindEmptyLines(bytes, 0) < taken) this.#eventsEnd = offset + at + taken;
        at += taken;
      }
      if (at === lines.length) return;
      const end = lines.indexOf(LINE_FEED, at);
      this.#endLine(lines.subarray(at, end), offset + end + 1, timestamp);
      at = end + 1;
    }
  }

  /** `end`: offset in the file behind the line. */
  #endLine(message: Buffer, end: number, now: number): void {
    if (this.#firstLine === undefined) {
      this.#emit(message, { end, timestamp: now }, now);
      return;
    }
    const line = message.toString('utf8');
    const bytes = Buffer.byteLength(line) + 1;
    const isFull = (this.#collected?.bytes ?? 0) + bytes > LONGEST_EVENT_BYTES;
    if (isFull || this.#firstLine(line)) this.release(now);
    this.#collected ??= { lines: [], bytes: 0, end, timestamp: now };
    this.#collected.lines.push(line);
    this.#collected.bytes += bytes;
    this.#collected.end = end;
  }

  /** A line that is too long for one event goes on in the next one. */
  #splitLine(now: number): void {
    const border = characterBorder(this.#held, LONGEST_EVENT_BYTES);
    const first = this.#held.subarray(0, border);
    this.#held = this.#held.subarray(border);
    this.release(now);
    this.#emit(first, { end: this.#offset - this.#held.length, timestamp: now }, now);
  }

  /** Empty messages are not events. Bytes that are no UTF-8 grow when decoded, so even a short line may need a split. */
  #emit(message: Buffer, place: Pick<OutputEvent, 'end' | 'timestamp'>, now: number): void {
    const source = this.#source;
    if (message.length > 0) this.#eventsEnd = place.end;
    const all = isUtf8(message) ? message : Buffer.from(message.toString('utf8'));
    for (let start = 0; start < all.length; ) {
      const next = start + characterBorder(all.subarray(start), LONGEST_EVENT_BYTES);
      this.#target.add({ source, message: all.subarray(start, next), ...place }, now);
      start = next;
    }
  }
}

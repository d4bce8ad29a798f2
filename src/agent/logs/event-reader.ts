/**
 * Turns the bytes of one output file into log events: one a line, or several lines where a pattern marks the first;
 * what is longer than an event may be is split on a character's border. Each event knows where in the file it ends.
 */
import { isUtf8 } from 'node:buffer';
import type { LineTest } from '../../ports/line-patterns.ts';
import { characterBorder } from './character-border.ts';
import type { EncodableEvent } from './encoded-events.ts';
import type { Source } from './output-files.ts';

export interface OutputEvent extends EncodableEvent {
  readonly source: Source;
  /** Length in UTF-8. */
  readonly bytes: number;
  /** Offset in the file behind the event. */
  readonly end: number;
  /** When it was read. */
  readonly timestamp: number;
}

/** CloudWatch's longest event, less what each one costs on top. */
export const LONGEST_EVENT_BYTES = 262_144 - 26;
const LINE_FEED = 0x0a;

interface Collected {
  readonly lines: string[];
  bytes: number;
  end: number;
  timestamp: number;
}

export class EventReader {
  readonly #source: Source;
  readonly #firstLine: LineTest | undefined;
  /** Bytes of a line that has not ended yet. */
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #collected: Collected | undefined;
  #offset: number;

  constructor(source: Source, offset: number, firstLine: LineTest | undefined) {
    this.#source = source;
    this.#offset = offset;
    this.#firstLine = firstLine;
  }

  /** Offset of the next byte to read. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes that were read and are not yet in an event. */
  get heldBytes(): number {
    return this.#partialBytes + (this.#collected?.bytes ?? 0);
  }

  /** When the event that waits for more lines began. */
  get heldSince(): number | undefined {
    return this.#collected?.timestamp;
  }

  /** Keeps nothing of the chunk, which may be used again. */
  push(chunk: Buffer, now: number): OutputEvent[] {
    const events: OutputEvent[] = [];
    let start = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, start)) {
      this.#hold(chunk.subarray(start, at));
      this.#offset += 1;
      start = at + 1;
      this.#endLine(now, events);
    }
    this.#hold(Buffer.from(chunk.subarray(start)));
    while (this.#partialBytes >= LONGEST_EVENT_BYTES) this.#splitLine(now, events);
    return events;
  }

  /** The event that waits for more lines, if any. */
  release(): OutputEvent[] {
    const collected = this.#collected;
    this.#collected = undefined;
    if (collected === undefined) return [];
    const events: OutputEvent[] = [];
    this.#emit(Buffer.from(collected.lines.join('\n')), collected.end, collected.timestamp, events);
    return events;
  }

  /** All that is left, the line without an end included. */
  finish(now: number): OutputEvent[] {
    const events: OutputEvent[] = [];
    if (this.#partialBytes > 0) this.#endLine(now, events);
    return [...events, ...this.release()];
  }

  /** Leaves out what is between here and `offset`: ends what has begun. */
  skipTo(offset: number, now: number): OutputEvent[] {
    const events = this.finish(now);
    this.#offset = offset;
    return events;
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#partial.push(bytes);
    this.#partialBytes += bytes.length;
    this.#offset += bytes.length;
  }

  #endLine(now: number, events: OutputEvent[]): void {
    const bytesOfLine = this.#takePartial();
    if (this.#firstLine === undefined) {
      this.#emit(bytesOfLine, this.#offset, now, events);
      return;
    }
    const line = bytesOfLine.toString('utf8');
    const bytes = Buffer.byteLength(line) + 1;
    const isFull = (this.#collected?.bytes ?? 0) + bytes > LONGEST_EVENT_BYTES;
    if (isFull || this.#firstLine(line)) events.push(...this.release());
    this.#collected ??= { lines: [], bytes: 0, end: this.#offset, timestamp: now };
    this.#collected.lines.push(line);
    this.#collected.bytes += bytes;
    this.#collected.end = this.#offset;
  }

  /** A line that is too long for one event goes on in the next one. */
  #splitLine(now: number, events: OutputEvent[]): void {
    const all = this.#takePartial();
    const border = characterBorder(all, LONGEST_EVENT_BYTES);
    const rest = all.subarray(border);
    const end = this.#offset - rest.length;
    events.push(...this.release());
    this.#emit(all.subarray(0, border), end, now, events);
    this.#partial = [rest];
    this.#partialBytes = rest.length;
  }

  /** Empty messages are not events. Bytes that are no UTF-8 grow when decoded, so even a short line may need a split. */
  #emit(message: Buffer, end: number, timestamp: number, events: OutputEvent[]): void {
    const source = this.#source;
    const all = isUtf8(message) ? message : Buffer.from(message.toString('utf8'));
    if (all.length === 0) return;
    if (all.length <= LONGEST_EVENT_BYTES) {
      events.push({ source, utf8: all.toString('latin1'), bytes: all.length, end, timestamp });
      return;
    }
    for (let start = 0; start < all.length; ) {
      const next = start + characterBorder(all.subarray(start), LONGEST_EVENT_BYTES);
      const piece = all.subarray(start, next);
      events.push({ source, utf8: piece.toString('latin1'), bytes: piece.length, end, timestamp });
      start = next;
    }
  }

  #takePartial(): Buffer {
    const [only] = this.#partial;
    const line = this.#partial.length === 1 && only !== undefined ? only : Buffer.concat(this.#partial);
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }
}

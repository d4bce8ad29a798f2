/**
 * Turns the bytes of one output file into lines as Docker's log drivers have them: empty ones too, and those that are
 * too long in parts that say what they are parts of. Each knows where in the file it ends.
 */
import { createHash } from 'node:crypto';
import { characterBorder } from './character-border.ts';
import type { Source } from './output-files.ts';

/** A part of a line that was too long for one. */
export interface LinePart {
  /** The same for all parts of a line, 64 hexadecimal digits; also when they are read again. */
  readonly id: string;
  /** From 1 on. */
  readonly ordinal: number;
  readonly isLast: boolean;
}

export interface OutputLine {
  readonly source: Source;
  /** Without the line feed; what is no UTF-8 is replaced. */
  readonly text: string;
  /** Bytes of the file. */
  readonly bytes: number;
  /** Offset in the file behind the line. */
  readonly end: number;
  /** When it was read. */
  readonly timestamp: number;
  readonly part?: LinePart;
}

/** Docker's, for all drivers but awslogs. */
export const LONGEST_LINE_BYTES = 16_384;
const LINE_FEED = 0x0a;

export class LineReader {
  readonly #source: Source;
  /** What makes ids of parts differ from those of other containers. */
  readonly #owner: string;
  #held: Buffer = Buffer.alloc(0);
  #offset: number;
  /** Offset behind the last line that was given out. */
  #end: number;
  #part: { readonly id: string; ordinal: number } | undefined;

  constructor(source: Source, offset: number, owner: string) {
    this.#source = source;
    this.#offset = offset;
    this.#end = offset;
    this.#owner = owner;
  }

  /** Offset of the next byte to read. */
  get offset(): number {
    return this.#offset;
  }

  push(chunk: Buffer, now: number): OutputLine[] {
    this.#offset += chunk.length;
    const lines: OutputLine[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (;;) {
      const at = rest.indexOf(LINE_FEED);
      const length = at < 0 ? rest.length : at;
      if (length > LONGEST_LINE_BYTES) {
        const border = characterBorder(rest, LONGEST_LINE_BYTES);
        lines.push(this.#piece(rest.subarray(0, border), now));
        rest = rest.subarray(border);
        continue;
      }
      if (at < 0) break;
      lines.push(this.#last(rest.subarray(0, at), 1, now));
      rest = rest.subarray(at + 1);
    }
    // A copy: the chunk may be large.
    this.#held = Buffer.from(rest);
    return lines;
  }

  /** The line without an end, if there is one. */
  finish(now: number): OutputLine[] {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest.length === 0 && this.#part === undefined ? [] : [this.#last(rest, 0, now)];
  }

  /** Leaves out what is between here and `offset`. */
  skipTo(offset: number): void {
    this.#held = Buffer.alloc(0);
    this.#part = undefined;
    this.#offset = offset;
    this.#end = offset;
  }

  #piece(bytes: Buffer, now: number): OutputLine {
    this.#part ??= { id: this.#partId(), ordinal: 0 };
    this.#part.ordinal += 1;
    const { id, ordinal } = this.#part;
    return this.#line(bytes, bytes.length, now, { id, ordinal, isLast: false });
  }

  #last(bytes: Buffer, feed: 0 | 1, now: number): OutputLine {
    const part = this.#part;
    this.#part = undefined;
    return this.#line(
      bytes,
      bytes.length + feed,
      now,
      part === undefined ? undefined : { id: part.id, ordinal: part.ordinal + 1, isLast: true },
    );
  }

  #line(text: Buffer, bytes: number, timestamp: number, part: LinePart | undefined): OutputLine {
    this.#end += bytes;
    return {
      source: this.#source,
      text: text.toString('utf8'),
      bytes,
      end: this.#end,
      timestamp,
      ...(part !== undefined && { part }),
    };
  }

  #partId(): string {
    return createHash('sha256').update(`${this.#owner}/${this.#source}/${this.#end}`).digest('hex');
  }
}

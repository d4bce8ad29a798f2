/**
 * What of a container's output is still to be taken away: the files behind what was delivered, less the gaps. A gap is
 * a piece that was let go because too much waited. Where things stand is on record beside the files, so that the next
 * agent goes on there: on record first, then given back to the disk.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../ports/logger.ts';
import { type Offsets, type OutputFiles, SOURCES, type Source } from './output-files.ts';
import type { OutputMeter } from './output-meter.ts';

/** From the first offset up to the second. */
type Range = [from: number, until: number];

/** What there is to read at an offset. */
export type Piece =
  | { readonly bytes: Buffer }
  /** Nothing, up to this offset. */
  | { readonly gapUntil: number };

interface Position<Note> {
  readonly delivered: Offsets;
  readonly gaps: Record<Source, Range[]>;
  /** What the sink keeps with it. */
  readonly note?: Note | undefined;
}

export interface BacklogParts {
  readonly files: OutputFiles;
  readonly meter: OutputMeter;
  readonly logger: Logger;
  /** Of both files together; what is more is let go by `trim`. */
  readonly mostBytes: number;
}

const POSITION_FILE = 'position.json';
/** Of those that were not reached yet; what lies between more is let go, too. */
const MOST_GAPS = 64;

interface Counted {
  readonly from: number;
  readonly until: number;
  readonly lines: number;
}

const UNCOUNTED: Counted = { from: 0, until: 0, lines: 0 };

export class OutputBacklog<Note> {
  readonly #parts: BacklogParts;
  #delivered: Offsets = { stdout: 0, stderr: 0 };
  #gaps: Record<Source, Range[]> = { stdout: [], stderr: [] };
  #note: Note | undefined;
  /** Lines that stand behind what was read, as far as they were counted. */
  readonly #counted: Record<Source, Counted> = { stdout: UNCOUNTED, stderr: UNCOUNTED };

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** Up to where all is delivered. */
  get delivered(): Readonly<Offsets> {
    return this.#delivered;
  }

  /** What the sink said with the last `settle`. */
  get note(): Note | undefined {
    return this.#note;
  }

  /** Where an earlier agent left off. To be called before anything else. */
  async load(): Promise<void> {
    const text = await readFile(this.#path(), 'utf8').catch(() => '{}');
    const { delivered, gaps, note } = parsed<Note>(text);
    this.#delivered = { stdout: delivered?.stdout ?? 0, stderr: delivered?.stderr ?? 0 };
    this.#gaps = { stdout: gaps?.stdout ?? [], stderr: gaps?.stderr ?? [] };
    this.#note = note;
  }

  /** Up to `most` bytes from `offset` on, or the gap that begins there; empty at the end. `into`: as OutputFiles has it. */
  async read(source: Source, offset: number, most: number, into?: Buffer): Promise<Piece> {
    const gap = this.#gaps[source].find(([, until]) => until > offset);
    if (gap !== undefined && gap[0] <= offset) return { gapUntil: gap[1] };
    const room = gap === undefined ? most : Math.min(most, gap[0] - offset);
    return { bytes: await this.#parts.files.read(source, offset, room, into) };
  }

  /** All before the offsets is delivered, which `free` gives back. `note` is kept with it, in place of the one before. */
  async settle(delivered: Readonly<Offsets>, note: Note): Promise<void> {
    this.#note = note;
    for (const source of SOURCES) {
      this.#delivered[source] = Math.max(this.#delivered[source], delivered[source]);
      this.#gaps[source] = this.#gaps[source].filter(([, until]) => until > this.#delivered[source]);
    }
    await this.#save();
  }

  /** Gives back to the disk what is on record as delivered. */
  async free(): Promise<void> {
    for (const source of SOURCES) await this.#parts.files.free(source, this.#delivered[source]);
  }

  /** Lets the newest lines go as far as too much waits. What was read, up to `readUntil`, stays. */
  async trim(readUntil: Readonly<Offsets>): Promise<void> {
    const { files, mostBytes } = this.#parts;
    const sizes = await files.sizes();
    let excess = SOURCES.reduce((sum, source) => sum + this.#waiting(source, sizes), 0) - mostBytes;
    const byWaiting = SOURCES.toSorted((a, b) => this.#waiting(b, sizes) - this.#waiting(a, sizes));
    for (const source of byWaiting) {
      if (excess > 0) excess -= await this.#letGo(source, sizes[source], excess, readUntil[source]);
    }
  }

  /** The same by lines: behind what was read, so many stay. */
  async trimLines(readUntil: Readonly<Offsets>, mostLines: number): Promise<void> {
    const { files } = this.#parts;
    const sizes = await files.sizes();
    let room = mostLines;
    for (const source of SOURCES) {
      const from = readUntil[source];
      const known = this.#counted[source];
      const counted = known.from === from ? known : { from, until: from, lines: 0 };
      const most = Math.max(room - counted.lines, 0);
      const more = await files.passLines(source, counted.until, sizes[source], most);
      const lines = counted.lines + more.lines;
      this.#counted[source] = { from, until: more.offset, lines };
      room -= lines;
      if (room <= 0) await this.#drop(source, this.#gapStart(source, more.offset, from), sizes[source]);
    }
  }

  /** Nothing more will be delivered: counts what waits as lost. */
  async abandon(): Promise<void> {
    const { files, meter, logger } = this.#parts;
    const sizes = await files.sizes();
    for (const source of SOURCES) {
      const bytes = this.#waiting(source, sizes);
      if (bytes <= 0) continue;
      const events = await files.countLines(source, sizes[source] - bytes, sizes[source]);
      meter.noteLost('undelivered', { events, bytes });
      logger.warn('logs: the end of the output could not be delivered in time', { source, events, bytes });
    }
  }

  #waiting(source: Source, sizes: Readonly<Offsets>): number {
    const gone = this.#gaps[source].reduce((sum, [from, until]) => sum + until - from, 0);
    return sizes[source] - this.#delivered[source] - gone;
  }

  /** Resolves with how many bytes it let go: whole lines, as far as there are. */
  async #letGo(source: Source, size: number, excess: number, readUntil: number): Promise<number> {
    const wanted = this.#gapStart(source, size - excess, readUntil);
    const isGap = wanted === this.#gaps[source].at(-1)?.[1];
    const from = isGap ? wanted : await this.#parts.files.nextLineStart(source, wanted, size);
    return await this.#drop(source, from, size);
  }

  /** Where the next gap may begin that is to begin at an offset: not in what was read, nor in another gap. */
  #gapStart(source: Source, offset: number, readUntil: number): number {
    const gaps = this.#gaps[source];
    const least = Math.max(readUntil, gaps.at(-1)?.[1] ?? 0);
    return gaps.length >= MOST_GAPS ? least : Math.max(least, offset);
  }

  /** Lets go of the lines from a line's start on; resolves with their bytes. */
  async #drop(source: Source, from: number, size: number): Promise<number> {
    const { files, meter, logger } = this.#parts;
    const gaps = this.#gaps[source];
    const last = gaps.at(-1);
    const until = await files.lastLineStart(source, size, from);
    if (until <= from) return 0;
    const bytes = until - from;
    const events = await files.countLines(source, from, until);
    if (last !== undefined && last[1] === from) last[1] = until;
    else gaps.push([from, until]);
    await this.#save();
    meter.noteLost('buffer-full', { events, bytes });
    logger.warn('logs: output was dropped, the buffer is full', { source, events, bytes });
    await files.drop(source, from, until);
    return bytes;
  }

  /** Not forced to disk: it has to outlive this process, and after a crash of the machine the container is gone. */
  async #save(): Promise<void> {
    const position: Position<Note> = { delivered: this.#delivered, gaps: this.#gaps, note: this.#note };
    const path = this.#path();
    await writeFile(`${path}.new`, JSON.stringify(position), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  #path(): string {
    return join(this.#parts.files.directory, POSITION_FILE);
  }
}

function parsed<Note>(text: string): Partial<Position<Note>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Partial<Position<Note>>) : {};
  } catch {
    return {};
  }
}

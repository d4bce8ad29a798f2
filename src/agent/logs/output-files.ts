/**
 * The two output files of one container: read forward from an offset, freed behind another. Whoever writes them only
 * appends; their sizes only grow, their blocks are given back.
 */
import { closeSync, fstatSync, mkdirSync, openSync, read, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const readPiece = promisify(read);

export const SOURCES = ['stdout', 'stderr'] as const;
export type Source = (typeof SOURCES)[number];
export type Offsets = Record<Source, number>;

/** Gives a piece of a file's blocks back to the file system; the piece reads as zeros from then on. */
export type PunchHole = (path: string, offset: number, length: number) => void | Promise<void>;

/** Smallest piece that is worth a call; also a multiple of every block size. */
const LEAST_HOLE_BYTES = 65_536;
const LINE_FEED = 0x0a;
/** Of lines that are lost so much is counted, the rest estimated. */
const COUNTED_BYTES = 4 * 2 ** 20;
const PIECE_BYTES = 262_144;
/** The next end of a line is looked for so near first: buffers that are new each time are work for the collector. */
const NEAR_BYTES = 4_096;
const EMPTY = Buffer.alloc(0);

export class OutputFiles {
  readonly directory: string;
  readonly #punchHole: PunchHole;
  readonly #freed: Offsets = { stdout: 0, stderr: 0 };

  constructor(directory: string, punchHole: PunchHole) {
    this.directory = directory;
    this.#punchHole = punchHole;
  }

  path(source: Source): string {
    return join(this.directory, source);
  }

  /** Makes directory and files, so that they can be watched before the first byte. Cheap enough to be synchronous. */
  prepare(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    for (const source of SOURCES) closeSync(openSync(this.path(source), 'a', 0o600));
  }

  /** How many bytes were ever written. */
  async sizes(): Promise<Offsets> {
    return { stdout: this.#size('stdout'), stderr: this.#size('stderr') };
  }

  /** Up to `most` bytes from `offset` on; empty at the end. They stand in `into`, where that is given and large enough. */
  async read(source: Source, offset: number, most: number, into?: Buffer): Promise<Buffer> {
    // What the kernel has at hand is quicker asked for than waited for; contents may have to come from the disk.
    const file = openSync(this.path(source), 'r');
    try {
      return await readAt(file, offset, Math.min(most, fstatSync(file).size - offset), into);
    } finally {
      closeSync(file);
    }
  }

  /** The first place from `offset` on that is behind a line's end, no further than `limit`; else `offset`. */
  async nextLineStart(source: Source, offset: number, limit: number): Promise<number> {
    for (const most of [NEAR_BYTES, PIECE_BYTES]) {
      const bytes = await this.read(source, offset, Math.min(most, limit - offset));
      const at = bytes.indexOf(LINE_FEED);
      if (at >= 0) return offset + at + 1;
    }
    return offset;
  }

  /** The last place up to `offset` that is behind a line's end, not before `least`; else `offset`. */
  async lastLineStart(source: Source, offset: number, least: number): Promise<number> {
    for (const most of [NEAR_BYTES, PIECE_BYTES]) {
      const from = Math.max(least, offset - most);
      const bytes = await this.read(source, from, offset - from);
      const at = bytes.lastIndexOf(LINE_FEED);
      if (at >= 0) return from + at + 1;
    }
    return offset;
  }

  /** Goes behind the next lines, up to `most` and not beyond `until`: how many there were, and where it stands then. */
  async passLines(
    source: Source,
    from: number,
    until: number,
    most: number,
  ): Promise<{ readonly lines: number; readonly offset: number }> {
    let lines = 0;
    let offset = from;
    if (most <= 0) return { lines, offset };
    for await (const { at, bytes } of this.#pieces(source, from, until)) {
      for (let end = bytes.indexOf(LINE_FEED); end >= 0 && lines < most; ) {
        lines += 1;
        offset = at + end + 1;
        end = bytes.indexOf(LINE_FEED, end + 1);
      }
      if (lines >= most) break;
    }
    return { lines, offset };
  }

  /** How many lines end between the offsets; of much, estimated. */
  async countLines(source: Source, from: number, until: number): Promise<number> {
    const looked = Math.min(until - from, COUNTED_BYTES);
    let lines = 0;
    for await (const { bytes } of this.#pieces(source, from, from + looked)) {
      for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, end + 1)) lines += 1;
    }
    return looked === 0 ? 0 : Math.max(1, Math.round(lines * ((until - from) / looked)));
  }

  /** What stands between the offsets, piece by piece; each stands where the one before did. */
  async *#pieces(
    source: Source,
    from: number,
    until: number,
  ): AsyncGenerator<{ readonly at: number; readonly bytes: Buffer }> {
    const into = Buffer.allocUnsafeSlow(Math.max(0, Math.min(PIECE_BYTES, until - from)));
    for (let at = from; at < until; at += PIECE_BYTES) {
      yield { at, bytes: await this.read(source, at, Math.min(PIECE_BYTES, until - at), into) };
    }
  }

  /** Gives back what lies before `offset`, as far as it is worth it. */
  async free(source: Source, offset: number): Promise<void> {
    const from = this.#freed[source];
    const until = offset - (offset % LEAST_HOLE_BYTES);
    if (until <= from) return;
    this.#freed[source] = until;
    await this.#punchHole(this.path(source), from, until - from);
  }

  /** Gives back a piece in the middle, which nobody will read. */
  async drop(source: Source, from: number, until: number): Promise<void> {
    if (until > from) await this.#punchHole(this.path(source), from, until - from);
  }

  #size(source: Source): number {
    return statSync(this.path(source), { throwIfNoEntry: false })?.size ?? 0;
  }
}

async function readAt(file: number, offset: number, length: number, into?: Buffer): Promise<Buffer> {
  if (length <= 0) return EMPTY;
  const isEnough = into !== undefined && into.length >= length;
  const buffer = isEnough ? into : Buffer.allocUnsafeSlow(length);
  const { bytesRead } = await readPiece(file, buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

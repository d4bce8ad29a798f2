/**
 * The two output files of one container: read forward from an offset, freed behind another. The shim appends to them;
 * their sizes only grow, their blocks are given back.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const SOURCES = ['stdout', 'stderr'] as const;
export type Source = (typeof SOURCES)[number];
export type Offsets = Record<Source, number>;

/** Gives a piece of a file's blocks back to the file system; the piece reads as zeros from then on. */
export type PunchHole = (path: string, offset: number, length: number) => void | Promise<void>;

const OFFSETS_FILE = 'offsets.json';
/** Smallest piece that is worth a call; also a multiple of every block size. */
const LEAST_HOLE_BYTES = 65_536;

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
    const [stdout, stderr] = await Promise.all(SOURCES.map((source) => this.#size(source)));
    return { stdout: stdout ?? 0, stderr: stderr ?? 0 };
  }

  /** Up to `most` bytes from `offset` on; empty at the end. */
  async read(source: Source, offset: number, most: number): Promise<Buffer> {
    const handle = await open(this.path(source), 'r');
    try {
      const buffer = Buffer.allocUnsafe(most);
      const { bytesRead } = await handle.read(buffer, 0, most, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
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

  /** Offsets behind what is delivered, as an earlier agent left them. */
  async loadOffsets(): Promise<Offsets> {
    const text = await readFile(join(this.directory, OFFSETS_FILE), 'utf8').catch(() => '{}');
    const { stdout, stderr } = parseOffsets(text);
    return { stdout: stdout ?? 0, stderr: stderr ?? 0 };
  }

  /** Not forced to disk: it has to outlive this process, and after a crash of the machine the container is gone. */
  async saveOffsets(offsets: Offsets): Promise<void> {
    const path = join(this.directory, OFFSETS_FILE);
    await writeFile(`${path}.new`, JSON.stringify(offsets), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async #size(source: Source): Promise<number> {
    return (await stat(this.path(source)).catch(() => undefined))?.size ?? 0;
  }
}

function parseOffsets(text: string): Partial<Offsets> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const known = Object.entries(value).filter(([, offset]) => Number.isSafeInteger(offset));
    return Object.fromEntries(known) as Partial<Offsets>;
  } catch {
    return {};
  }
}

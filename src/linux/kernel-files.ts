/**
 * Files in which the kernel tells of itself: cgroups, /proc, sysfs. They are read at once, without the way over another
 * thread that costs ten times as much: there is no disk that one would have to wait for.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 16_384;
/** The kernel fills at least so much of a page before it lets a reader come again: no line is longer than the rest. */
const SURELY_ALL_BYTES = 2_048;

export class KernelFiles {
  /** For all files in turn: a new one would cost as much as the reading. */
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);

  /** All of a file. Throws as `openSync` does. */
  read(path: string): string {
    const descriptor = openSync(path, 'r');
    try {
      return this.readOpen(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /** All of an open file as it is now, from its beginning. ENODEV when what it tells of is gone. */
  readOpen(descriptor: number): string {
    let text = '';
    for (let position = 0; ; ) {
      const bytes = readSync(descriptor, this.#chunk, 0, CHUNK_BYTES, position);
      text += this.#chunk.toString('latin1', 0, bytes);
      if (bytes < SURELY_ALL_BYTES) return text;
      position += bytes;
    }
  }
}

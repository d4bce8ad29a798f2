/**
 * Events on their way, as they were encoded: kept until they are taken, so that the next agent can send the very same
 * again and the service can see that they are the same. Two, since one is written while another is under way.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Offsets } from './output-files.ts';

export interface Upload {
  readonly encoded: Buffer;
  readonly note: UploadNote;
}

/** What has to be known of an upload besides its bytes. */
export interface UploadNote {
  readonly file: string;
  /** Up to where it takes the output. */
  readonly ends: Readonly<Offsets>;
  readonly events: number;
  readonly bytes: number;
}

export class UploadOutbox {
  readonly #directory: string;
  #next = 0;
  /** What was kept last and before, to be written over: of two uploads only one is under way when the next is made. */
  #kept: Buffer[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A buffer that may be written over, for the next upload: that of the one before the last. */
  get buffer(): Buffer | undefined {
    return this.#kept.length < 2 ? undefined : this.#kept[0];
  }

  /** Keeps events, in place of the one before the last. Not forced to disk: it has to outlive this process. */
  async keep(encoded: Buffer, about: Omit<UploadNote, 'file'>): Promise<Upload> {
    const file = `upload-${this.#next}`;
    this.#next = 1 - this.#next;
    this.#kept = [...this.#kept.slice(-1), encoded];
    await writeFile(join(this.#directory, file), encoded, { mode: 0o600 });
    return { encoded, note: { ...about, file } };
  }

  /** Nothing is under way: its memory is for others. */
  release(): void {
    this.#kept = [];
  }

  /** What an earlier agent kept; undefined when it is gone. */
  async find(note: UploadNote): Promise<Upload | undefined> {
    const encoded = await readFile(join(this.#directory, note.file)).catch(() => undefined);
    this.#next = note.file === 'upload-0' ? 1 : 0;
    return encoded === undefined ? undefined : { encoded, note };
  }

  /** Removes what was kept: all of it was taken. */
  async clear(): Promise<void> {
    for (const index of [0, 1]) await rm(join(this.#directory, `upload-${index}`), { force: true });
  }
}

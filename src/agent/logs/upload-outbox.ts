/**
 * Events on their way, as blocks: kept until they are taken, so that the next agent can send the very same again and the
 * service can see that they are the same. Two, since one is written while another is under way.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf } from '../../wire/http/body-pieces.ts';
import type { Offsets } from './output-files.ts';

export interface Upload {
  /** Its bytes, in pieces. */
  readonly block: readonly Buffer[];
  readonly note: UploadNote;
}

/** What has to be known of an upload besides its bytes. */
export interface UploadNote {
  readonly file: string;
  /** Of the file; what is behind it is of an earlier one. */
  readonly length: number;
  /** Up to where it takes the output. */
  readonly ends: Readonly<Offsets>;
  readonly events: number;
  readonly bytes: number;
}

export class UploadOutbox {
  readonly #directory: string;
  #next = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Keeps events, in place of the one before the last. Not forced to disk: it has to outlive this process. */
  async keep(block: readonly Buffer[], about: Omit<UploadNote, 'file' | 'length'>): Promise<Upload> {
    const file = `upload-${this.#next}`;
    this.#next = 1 - this.#next;
    // Written over: to let its memory go and take new costs more than the writing.
    const handle = await open(join(this.#directory, file), constants.O_WRONLY | constants.O_CREAT, 0o600);
    try {
      await writeAll(handle, block);
    } finally {
      await handle.close();
    }
    return { block, note: { ...about, file, length: bytesOf(block) } };
  }

  /** What an earlier agent kept; undefined when it is not there as noted. */
  async find(note: UploadNote): Promise<Upload | undefined> {
    const kept = await readFile(join(this.#directory, note.file)).catch(() => undefined);
    this.#next = note.file === 'upload-0' ? 1 : 0;
    if (kept === undefined || !(kept.length >= note.length)) return undefined;
    return { block: [kept.subarray(0, note.length)], note };
  }

  /** Removes what was kept: all of it was taken. */
  async clear(): Promise<void> {
    for (const index of [0, 1]) await rm(join(this.#directory, `upload-${index}`), { force: true });
  }
}

/** In one call, as a rule. */
async function writeAll(file: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  const { bytesWritten } = await file.writev(pieces);
  if (bytesWritten === bytesOf(pieces)) return;
  await file.write(Buffer.concat(pieces), bytesWritten, undefined, bytesWritten);
}

/**
 * The files of file systems, beside their records. A file system's record is written together with a note of what is to
 * be done with its files, and the note goes when that is done: a crash at any point leaves a note, and nothing is ever
 * deleted without one. Sizes are measured now and then, never while somebody waits for long.
 */
import type { EfsFilesRecord } from '../../../domain/efs/records.ts';
import { keys } from '../../../domain/keys.ts';
import type { Entry, Write } from '../../../ports/store.ts';
import { KeyedLock } from '../../keyed-lock.ts';
import type { EfsDeps } from '../deps.ts';

/** A size with the time when it was measured, epoch milliseconds. */
export interface MeteredSize {
  readonly bytes: number;
  readonly measuredAt: number;
}

const MEASURE_EVERY_MS = 60_000;
const PATIENCE_MS = 200;

type FilesDeps = Pick<EfsDeps, 'store' | 'clock' | 'logger' | 'storage'>;

export class FileSystemFiles {
  readonly #deps: FilesDeps;
  readonly #sizes = new Map<string, MeteredSize>();
  readonly #measuring = new Map<string, Promise<void>>();
  /** Looking through a file system keeps the disk busy. */
  readonly #oneByOne = new KeyedLock();
  #settling: Promise<void> | undefined;
  #askedAgain = false;

  constructor(deps: FilesDeps) {
    this.#deps = deps;
  }

  /** Makes the directory of which a note was written. Throws what the storage throws; the note is there then. */
  async make(fileSystemId: string): Promise<void> {
    const { store, storage } = this.#deps;
    await storage.create(fileSystemId);
    const note = await store.get<EfsFilesRecord>(keys.efsFiles(fileSystemId));
    if (note?.value.work === 'make') await this.#forget(note);
  }

  /** The size as last measured; a new measurement begins when that is long ago. Undefined when there is none yet. */
  async size(fileSystemId: string): Promise<MeteredSize | undefined> {
    const { clock } = this.#deps;
    const known = this.#sizes.get(fileSystemId);
    if (known !== undefined && clock.now() - known.measuredAt < MEASURE_EVERY_MS) return known;
    const measuring = this.#measuring.get(fileSystemId) ?? this.#measure(fileSystemId);
    if (known !== undefined) return known;
    await Promise.race([measuring, clock.sleep(PATIENCE_MS)]);
    return this.#sizes.get(fileSystemId);
  }

  /**
   * Does what notes say: of requests that are over, and of earlier processes. Failures are logged and tried again with
   * the next call.
   */
  settle(): Promise<void> {
    this.#askedAgain = true;
    this.#settling ??= this.#settleWhileAsked();
    return this.#settling;
  }

  /** The same for those who cannot wait: a file system's end may take hours. */
  settleSoon(): void {
    const { logger } = this.#deps;
    this.settle().catch((error: unknown) => logger.error('efs: notes of files were not read', { error }));
  }

  /** Notes that are written while others are worked on are not seen by that round. */
  async #settleWhileAsked(): Promise<void> {
    try {
      while (this.#askedAgain) {
        this.#askedAgain = false;
        await this.#settleAll();
      }
    } finally {
      this.#settling = undefined;
    }
  }

  async #settleAll(): Promise<void> {
    const { store, storage, logger } = this.#deps;
    for (const note of await store.range<EfsFilesRecord>({ prefix: keys.allEfsFiles() })) {
      const { fileSystemId, work } = note.value;
      try {
        await (work === 'make' ? storage.create(fileSystemId) : storage.remove(fileSystemId));
        await this.#forget(note);
        if (work === 'delete') this.#sizes.delete(fileSystemId);
      } catch (error) {
        logger.warn('efs: files are not as they should be', { fileSystemId, work, error });
      }
    }
  }

  /** A note that somebody has changed meanwhile stays. */
  async #forget({ key, revision }: Entry<EfsFilesRecord>): Promise<void> {
    await this.#deps.store.transact([{ key, revision }], [{ delete: key }]);
  }

  #measure(fileSystemId: string): Promise<void> {
    const { storage, clock, logger } = this.#deps;
    const measuring = this.#oneByOne
      .run('measure', () => storage.meteredBytes(fileSystemId))
      .then((bytes) => void this.#sizes.set(fileSystemId, { bytes, measuredAt: clock.now() }))
      .catch((error: unknown) => logger.warn('efs: a file system was not measured', { fileSystemId, error }))
      .finally(() => this.#measuring.delete(fileSystemId));
    this.#measuring.set(fileSystemId, measuring);
    return measuring;
  }
}

/** The note that goes with a change of a file system's record. */
export function filesNote(fileSystemId: string, work: EfsFilesRecord['work']): Write {
  const value: EfsFilesRecord = { fileSystemId, work };
  return { put: keys.efsFiles(fileSystemId), value };
}

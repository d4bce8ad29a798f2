/**
 * The databases in the file of metrics, and the bytes of their keys.
 *
 *     series      scope, namespace, name, dimensions (metric-key.ts; the end of a long one as a hash)
 *                                                   -> 4 bytes id, JSON of the metric
 *     seen        4 bytes id                        -> 8 bytes: when something was last put, as of the last flush
 *     chunks      1 byte step, 5 bytes window, 4 bytes id
 *                                                   -> the points (chunk.ts); ordered by time, so that what is written
 *                                                      and what is forgotten together lies together
 *     journal     6 bytes number                    -> JSON of what was put and is not in chunks yet
 *     publishers  scope, publisher                  -> 8 bytes number, 8 bytes when
 *     meta        format, nextId, flushed (the last number of the journal that is in chunks)
 */
import { createHash } from 'node:crypto';
import type { Database } from 'lmdb';
import { AppError } from '../../domain/errors.ts';
import { LmdbFile } from '../lmdb-file/lmdb-file.ts';
import type { LmdbWrite } from '../lmdb-file/lmdb-write.ts';

const FORMAT = '1';
const OPTIONS = { keyEncoding: 'binary', encoding: 'binary' } as const;
/** LMDB takes 1,978 bytes. */
const LONGEST_NAME = 1_800;

export type Bytes = Database<Buffer, Uint8Array>;

export class MetricFile {
  readonly #file: LmdbFile;
  readonly series: Bytes;
  readonly seen: Bytes;
  readonly chunks: Bytes;
  readonly journal: Bytes;
  readonly publishers: Bytes;
  readonly #meta: Bytes;

  /** Throws `failed-precondition` when another process has it open. */
  constructor(dir: string) {
    this.#file = new LmdbFile(dir, OPTIONS);
    const open = (name: string): Bytes => this.#file.root.openDB<Buffer, Uint8Array>(name, OPTIONS);
    this.series = open('series');
    this.seen = open('seen');
    this.chunks = open('chunks');
    this.journal = open('journal');
    this.publishers = open('publishers');
    this.#meta = open('meta');
  }

  /** The first process to open the file writes its format; rejects with `failed-precondition` for another one. */
  async checkFormat(): Promise<void> {
    const format = this.#meta.get(Buffer.from('format'))?.toString();
    if (format === undefined) {
      await this.transact([put(this.#meta, Buffer.from('format'), Buffer.from(FORMAT))]);
    } else if (format !== FORMAT) {
      throw new AppError(
        'failed-precondition',
        `metrics have format ${format}; this program knows ${FORMAT}`,
      );
    }
  }

  /** All of the writes, on disk, or none; reads then see them. Rejects with `unavailable`. */
  transact(writes: readonly LmdbWrite[]): Promise<void> {
    return this.#file.transact(writes);
  }

  /** Zero where it was never set. */
  number(name: 'nextId' | 'flushed'): number {
    return Number(this.#meta.get(Buffer.from(name)) ?? 0);
  }

  /** For a transaction. */
  setNumber(name: 'nextId' | 'flushed', value: number): LmdbWrite {
    return put(this.#meta, Buffer.from(name), Buffer.from(String(value)));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

export const put = (database: Bytes, key: Uint8Array, value: Buffer): LmdbWrite => ({ database, key, value });

export const remove = (database: Bytes, key: Uint8Array): LmdbWrite => ({ database, key });

/** Of a name of any length; those that begin alike stay side by side. */
export function nameKey(name: string): Buffer {
  const bytes = Buffer.from(name);
  if (bytes.length <= LONGEST_NAME) return bytes;
  return Buffer.concat([bytes.subarray(0, LONGEST_NAME), createHash('sha256').update(bytes).digest()]);
}

/** Before, and behind, all keys of names that begin so. */
export function namesFrom(prefix: string): { readonly start: Buffer; readonly end: Buffer } {
  const start = Buffer.from(prefix).subarray(0, LONGEST_NAME);
  // No UTF-8 text has this byte.
  return { start, end: Buffer.concat([start, Buffer.of(0xff)]) };
}

export function idKey(id: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32BE(id);
  return key;
}

export function journalKey(number: number): Buffer {
  const key = Buffer.alloc(6);
  key.writeUIntBE(number, 0, 6);
  return key;
}

export function chunkKey(step: number, window: number, id: number): Buffer {
  const key = Buffer.alloc(10);
  key.writeUInt8(step);
  key.writeUIntBE(window, 1, 5);
  key.writeUInt32BE(id, 6);
  return key;
}

export const windowOfKey = (key: Uint8Array): number => Buffer.from(key).readUIntBE(1, 5);
export const idOfKey = (key: Uint8Array): number => Buffer.from(key).readUInt32BE(6);

export function doubles(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => bytes.writeDoubleBE(value, index * 8));
  return bytes;
}

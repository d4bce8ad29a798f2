/**
 * An ordered table in an LMDB file. Reads are synchronous, from the memory map; a batch is one transaction.
 *
 * Databases in the file: `entries` (key -> 8 bytes revision, JSON, and where there is a tail a zero
 * and that), `leased` (keys that belong to a lease of the
 * process that has the file open), `meta` (format, revision).
 */
import type { Database } from 'lmdb';
import { AppError } from '../../domain/errors.ts';
import { LmdbFile } from '../lmdb-file/lmdb-file.ts';
import type { LmdbKey as Key, LmdbWrite } from '../lmdb-file/lmdb-write.ts';
import { compareKeys, type PutValue } from '../store-core/encoding.ts';
import type { Mutation, StoredEntry, StoredValue, Table, TableRange } from '../store-core/table.ts';

const FORMAT = '1';
const REVISION_BYTES = 8;
/** No JSON has it. */
const TAIL_MARK = 0;
/** No UTF-8 text has this byte: a prefix with it appended is behind every key under the prefix. */
const BEHIND = Buffer.from([0xff]);

type Bytes = Database<Buffer, Key>;

const keyEncoder = {
  writeKey(key: Key, target: Buffer, start: number): number {
    if (typeof key !== 'string') {
      target.set(key, start);
      return start + key.length;
    }
    // A write that does not fit would be cut; LMDB's caller knows this error and takes a new buffer.
    if (start + key.length * 3 > target.length && start + Buffer.byteLength(key) > target.length) {
      throw new RangeError('the key does not fit');
    }
    return start + target.write(key, start, 'utf8');
  },
  readKey: (source: Buffer, start: number, end: number): string => source.toString('utf8', start, end),
};

const DATABASE = { keyEncoder, encoding: 'binary' } as const;

export class LmdbTable implements Table {
  readonly #file: LmdbFile;
  readonly #entries: Bytes;
  readonly #leased: Bytes;
  readonly #meta: Bytes;
  #revision: number;

  /** Opens the table in its directory; throws `failed-precondition` when another process has it open. */
  constructor(dir: string) {
    this.#file = new LmdbFile(dir, DATABASE);
    this.#entries = this.#file.root.openDB<Buffer, Key>('entries', DATABASE);
    this.#leased = this.#file.root.openDB<Buffer, Key>('leased', DATABASE);
    this.#meta = this.#file.root.openDB<Buffer, Key>('meta', DATABASE);
    this.#revision = Number(this.#meta.get('revision') ?? 0);
  }

  /** The first process to open the table writes its format; rejects with `failed-precondition` for another one. */
  async checkFormat(): Promise<void> {
    const format = this.#meta.get('format')?.toString();
    if (format === undefined) await this.#file.transact([this.#metaPut('format', FORMAT)]);
    else if (format !== FORMAT) {
      throw new AppError(
        'failed-precondition',
        `the store has format ${format}; this program knows ${FORMAT}`,
      );
    }
  }

  get revision(): number {
    return this.#revision;
  }

  get(key: string): StoredValue | undefined {
    const bytes = this.#entries.getBinaryFast(key);
    return bytes === undefined ? undefined : decode(bytes);
  }

  range({ prefix, after, limit = Number.POSITIVE_INFINITY, reverse = false }: TableRange): StoredEntry[] {
    const found: StoredEntry[] = [];
    if (limit <= 0) return found;
    for (const { key, value } of this.#entries.getRange(bounds(prefix, after, reverse))) {
      const text = key as string;
      if (text === after) continue;
      if (!text.startsWith(prefix)) break;
      found.push({ key: text, ...decode(value) });
      if (found.length >= limit) break;
    }
    return found;
  }

  keysUnder(prefix: string): string[] {
    const found: string[] = [];
    for (const key of this.#entries.getKeys(bounds(prefix, undefined, false))) found.push(key as string);
    return found;
  }

  /** Keys that a process which has ended left with a lease. */
  leasedKeys(): string[] {
    return Array.from(this.#leased.getKeys({ start: BEHIND.subarray(1) }), (key) => key as string);
  }

  async commit(mutations: readonly Mutation[], revision: number): Promise<void> {
    await this.#file.transact([
      ...mutations.flatMap((mutation) => this.#writesOf(mutation)),
      this.#metaPut('revision', String(revision)),
    ]);
    this.#revision = revision;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #writesOf({ key, value, leased }: Mutation): LmdbWrite[] {
    return [
      { database: this.#entries, key, ...(value !== undefined && { value: encode(value) }) },
      { database: this.#leased, key, ...(leased && { value: Buffer.alloc(0) }) },
    ];
  }

  #metaPut(key: string, value: string): LmdbWrite {
    return { database: this.#meta, key, value: Buffer.from(value) };
  }
}

function bounds(
  prefix: string,
  after: string | undefined,
  reverse: boolean,
): { start: Key; end: Key; reverse: boolean; inclusiveEnd?: boolean } {
  const behind = Buffer.concat([Buffer.from(prefix), BEHIND]);
  if (reverse) {
    const start = after !== undefined && !isBehind(after, prefix) ? after : behind;
    return { start, end: prefix, reverse, inclusiveEnd: true };
  }
  const start = after !== undefined && compareKeys(after, prefix) > 0 ? after : prefix;
  return { start, end: behind, reverse };
}

/** True for a key behind all keys under the prefix. */
function isBehind(key: string, prefix: string): boolean {
  return !key.startsWith(prefix) && compareKeys(key, prefix) > 0;
}

function encode({ text, tail, revision }: PutValue & { readonly revision: number }): Buffer {
  const textEnd = REVISION_BYTES + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(textEnd + (tail === undefined ? 0 : 1 + tail.length));
  bytes.writeDoubleBE(revision);
  if (typeof text === 'string') bytes.write(text, REVISION_BYTES, 'utf8');
  else bytes.set(text, REVISION_BYTES);
  if (tail !== undefined) bytes.set(tail, bytes.writeUInt8(TAIL_MARK, textEnd));
  return bytes;
}

/** `bytes` may be LMDB's shared buffer, which is longer than it says: all that is kept is copied here. */
function decode(bytes: Buffer): StoredValue {
  const revision = bytes.readDoubleBE(0);
  const { length } = bytes;
  const mark = bytes.indexOf(TAIL_MARK, REVISION_BYTES);
  if (mark < 0 || mark >= length) return { revision, text: bytes.toString('utf8', REVISION_BYTES, length) };
  const text = bytes.toString('utf8', REVISION_BYTES, mark);
  return { revision, text, tail: Buffer.from(bytes.subarray(mark + 1, length)) };
}

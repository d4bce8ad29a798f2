/**
 * Takes what is put: in the order of the calls, and those that come while one is being written together in the next
 * transaction. What was written is in the journal, and in memory, until a flush has made chunks of it.
 */
import type { Scope } from '../../domain/arn.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { scopePrefix } from '../../domain/metrics/metric-key.ts';
import type { MetricDatum, MetricIdentity } from '../../domain/metrics/metric.ts';
import type { PutOnce } from '../../ports/metric-store.ts';
import type { Chunks } from './chunks.ts';
import { doubles, idKey, journalKey, type MetricFile, nameKey, put, remove } from './metric-file.ts';
import type { MetricNames } from './metric-names.ts';
import { type Recorded, RecentPoints } from './recent-points.ts';

/** So much is kept in memory before it is flushed, and as much again while that is under way. */
const MOST_BYTES = 1_000_000;
const MOST_CHUNKS = 8_192;
/** Data in a transaction, but for those of its last put. */
const MOST_DATA = 10_000;
const PUBLISHER_KEPT_MS = 24 * 3_600_000;

/** One put whose data were checked. */
export interface Putting {
  readonly scope: Scope;
  /** With the key of the datum's metric. */
  readonly data: readonly { readonly name: string; readonly datum: MetricDatum }[];
  readonly once: PutOnce | undefined;
  readonly now: number;
}

interface Waiting extends Putting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Entry {
  readonly at: number;
  readonly data: readonly Recorded[];
}

/** What a transaction is to write. */
interface Batch {
  readonly data: Recorded[];
  readonly created: Map<string, { readonly id: number; readonly metric: MetricIdentity }>;
  readonly published: Map<string, number>;
  nextId: number;
}

export interface JournalParts {
  readonly file: MetricFile;
  readonly names: MetricNames;
  readonly chunks: Chunks;
}

export class Journal {
  readonly #parts: JournalParts;
  readonly #turns = new KeyedSerial();
  #waiting: Waiting[] = [];
  #hasTurn = false;
  #recent = new RecentPoints();
  /** What a flush is making chunks of, or has failed to. */
  #frozen: RecentPoints | undefined;
  #flush: Promise<void> | undefined;
  #lastNumber: number;

  /** Takes up what an earlier process left. */
  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.#lastNumber = parts.file.number('flushed');
    for (const { key, value } of parts.file.journal.getRange({ start: journalKey(0) })) {
      const { at, data } = JSON.parse(value.toString()) as Entry;
      this.#lastNumber = Buffer.from(key).readUIntBE(0, 6);
      this.#recent.add({ number: this.#lastNumber, bytes: value.length, at }, data);
    }
  }

  /** What chunks have not. */
  get recent(): readonly RecentPoints[] {
    const all = this.#frozen === undefined ? [this.#recent] : [this.#frozen, this.#recent];
    const flushed = this.#parts.file.number('flushed');
    return all.filter(({ lastNumber }) => lastNumber > flushed);
  }

  /** Resolves when it is on disk; rejects with `unavailable`. */
  put(putting: Putting): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...putting, resolve, reject });
      this.#takeTurn();
    });
  }

  /** Does something while nothing is put. */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.#turns.run('put', action);
  }

  /** Makes chunks of all that was put until now. Rejects with `unavailable`; then it stays where it is. */
  async flush(): Promise<void> {
    if (this.#frozen !== undefined) await this.#flushOnce();
    await this.#flushOnce();
  }

  /** Forgets publishers that were quiet for long. */
  async forgetPublishers(now: number): Promise<void> {
    const { publishers } = this.#parts.file;
    const quiet = Array.from(publishers.getRange({}))
      .filter(({ value }) => value.readDoubleBE(8) < now - PUBLISHER_KEPT_MS)
      .map(({ key }) => Buffer.from(key));
    if (quiet.length === 0) return;
    await this.#parts.file.transact(quiet.map((key) => remove(publishers, key)));
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#turns.idle();
    await this.#flush?.catch(() => undefined);
  }

  #takeTurn(): void {
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    void this.exclusively(async () => {
      this.#hasTurn = false;
      const waiting = this.#nextWaiting();
      if (this.#waiting.length > 0) this.#takeTurn();
      try {
        await this.#makeRoom();
        await this.#write(waiting);
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        for (const { reject } of waiting) reject(error);
      }
    });
  }

  #nextWaiting(): Waiting[] {
    let count = 0;
    for (let data = 0; count < this.#waiting.length && data < MOST_DATA; count++) {
      data += this.#waiting[count]?.data.length ?? 0;
    }
    return this.#waiting.splice(0, count);
  }

  async #makeRoom(): Promise<void> {
    if (this.#recent.bytes < MOST_BYTES && this.#recent.size < MOST_CHUNKS) return;
    if (this.#frozen !== undefined) await this.#flushOnce();
    // Whoever puts when there is no room again hears of a failure.
    this.#flushOnce().catch(() => undefined);
  }

  #flushOnce(): Promise<void> {
    this.#flush ??= this.#flushFrozen().finally(() => {
      this.#flush = undefined;
    });
    return this.#flush;
  }

  async #flushFrozen(): Promise<void> {
    if (this.#frozen === undefined) {
      if (this.#recent.size === 0) return;
      this.#frozen = this.#recent;
      this.#recent = new RecentPoints();
    }
    await this.#parts.chunks.flush(this.#frozen);
    this.#frozen = undefined;
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    const { file, names } = this.#parts;
    const batch: Batch = {
      data: [],
      created: new Map(),
      published: new Map(),
      nextId: file.number('nextId'),
    };
    for (const one of waiting) if (this.#isNew(one, batch)) this.#record(one, batch);
    const { data, created, published, nextId } = batch;
    if (data.length === 0 && published.size === 0) return;
    const at = waiting.at(-1)?.now ?? 0;
    const number = this.#lastNumber + 1;
    const bytes = Buffer.from(JSON.stringify({ at, data } satisfies Entry));
    await file.transact([
      ...Array.from(created, ([name, { id, metric }]) => names.create(name, id, metric)),
      ...Array.from(created.values(), ({ id }) => put(file.seen, idKey(id), doubles(at))),
      ...Array.from(published, ([name, last]) => put(file.publishers, nameKey(name), doubles(last, at))),
      file.setNumber('nextId', nextId),
      ...(data.length === 0 ? [] : [put(file.journal, journalKey(number), bytes)]),
    ]);
    if (data.length === 0) return;
    this.#lastNumber = number;
    this.#recent.add({ number, bytes: bytes.length, at }, data);
  }

  /** False for what its publisher has put before. */
  #isNew({ scope, once }: Waiting, { published }: Batch): boolean {
    if (once === undefined) return true;
    const name = scopePrefix(scope) + once.publisher;
    const last =
      published.get(name) ?? this.#parts.file.publishers.getBinaryFast(nameKey(name))?.readDoubleBE(0);
    if (last !== undefined && last >= once.number) return false;
    published.set(name, once.number);
    return true;
  }

  #record({ data }: Waiting, batch: Batch): void {
    for (const { name, datum } of data) {
      const { metric, ...rest } = datum;
      let id = this.#parts.names.idOf(name) ?? batch.created.get(name)?.id;
      if (id === undefined) {
        id = batch.nextId++;
        batch.created.set(name, { id, metric });
      }
      batch.data.push({ id, ...rest });
    }
  }
}

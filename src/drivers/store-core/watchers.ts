/**
 * The watches of one store: each has a queue of batches. A queue that its consumer lets grow is bounded by merging:
 * later batches go into the last one, key by key, so that a slow consumer misses intermediate values but no key.
 */
import type { Change } from '../../ports/store.ts';
import { type JsonText, stringOf } from './encoding.ts';

/** A change as committed; the value is parsed anew for each consumer. */
export interface RawChange {
  readonly key: string;
  readonly text: JsonText | undefined;
  readonly revision: number;
}

const MAX_QUEUED_BATCHES = 64;

export class Watchers {
  readonly #watchers = new Set<Watcher>();

  add(prefix: string, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    const watcher = new Watcher(prefix, signal, () => this.#watchers.delete(watcher));
    if (!signal.aborted) this.#watchers.add(watcher);
    return watcher;
  }

  /** Hands one transaction's changes to every watch that they concern. */
  publish(changes: readonly RawChange[]): void {
    for (const watcher of this.#watchers) watcher.offer(changes);
  }

  /** Ends every watch, after what it has still queued. */
  close(): void {
    for (const watcher of this.#watchers) watcher.finish();
  }
}

class Watcher implements AsyncIterable<readonly Change[]>, AsyncIterator<readonly Change[], undefined> {
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  readonly #remove: () => void;
  readonly #queue: Map<string, RawChange>[] = [];
  #waiting: ((result: IteratorResult<readonly Change[], undefined>) => void)[] = [];
  #finished: boolean;

  constructor(prefix: string, signal: AbortSignal, remove: () => void) {
    this.#prefix = prefix;
    this.#signal = signal;
    this.#remove = remove;
    this.#finished = signal.aborted;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  offer(changes: readonly RawChange[]): void {
    const batch = new Map<string, RawChange>();
    for (const change of changes) if (change.key.startsWith(this.#prefix)) batch.set(change.key, change);
    if (batch.size === 0) return;
    const waiting = this.#waiting.shift();
    const last = this.#queue.at(-1);
    if (waiting !== undefined) waiting({ done: false, value: parse(batch) });
    else if (last === undefined || this.#queue.length < MAX_QUEUED_BATCHES) this.#queue.push(batch);
    else merge(last, batch);
  }

  next(): Promise<IteratorResult<readonly Change[], undefined>> {
    const batch = this.#queue.shift();
    if (batch !== undefined) return Promise.resolve({ done: false, value: parse(batch) });
    if (this.#finished) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<readonly Change[], undefined>> {
    this.#abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  finish(): void {
    this.#finished = true;
    this.#remove();
    this.#signal.removeEventListener('abort', this.#abort);
    for (const resolve of this.#waiting) resolve({ done: true, value: undefined });
    this.#waiting = [];
  }

  readonly #abort = (): void => {
    this.#queue.length = 0;
    this.finish();
  };
}

function merge(into: Map<string, RawChange>, from: ReadonlyMap<string, RawChange>): void {
  for (const [key, change] of from) {
    // Deleted first, so that the merged batch stays in the order of the last changes.
    into.delete(key);
    into.set(key, change);
  }
}

function parse(batch: ReadonlyMap<string, RawChange>): Change[] {
  return Array.from(batch.values(), ({ key, text, revision }) => ({
    key,
    revision,
    entry: text === undefined ? undefined : { key, value: JSON.parse(stringOf(text)) as unknown, revision },
  }));
}

/**
 * The points of all metrics in their windows. Writers take turns; each transaction leaves every point in one place:
 * in the journal, in a chunk, or in one of the next step.
 */
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import {
  isWindowOver,
  RESOLUTION_STEPS,
  type ResolutionStep,
  windowOf,
} from '../../domain/metrics/retention.ts';
import { decodeChunk, encodeChunk, joinPoints, type Point } from './chunk.ts';
import {
  chunkKey,
  doubles,
  idKey,
  idOfKey,
  journalKey,
  type MetricFile,
  windowOfKey,
  put,
  remove,
} from './metric-file.ts';
import { otherWork } from './other-work.ts';
import type { RecentPoints } from './recent-points.ts';

/** How many chunks are made before other work has its turn. */
const AT_ONCE = 4;
/** How many roll up in one transaction. */
const ROLLED_UP_AT_ONCE = 64;

interface Place {
  readonly step: number;
  readonly window: number;
  readonly id: number;
}

export class Chunks {
  readonly #file: MetricFile;
  readonly #turns = new KeyedSerial();
  /** For each step, the windows of which there are chunks. */
  readonly #windows: readonly Set<number>[];

  constructor(file: MetricFile) {
    this.#file = file;
    this.#windows = RESOLUTION_STEPS.map((_, step) => new Set(this.#windowsOf(step)));
  }

  /** For each step, the windows of which there may be chunks. */
  get windows(): readonly ReadonlySet<number>[] {
    return this.#windows;
  }

  points({ step, window, id }: Place): readonly Point[] {
    const bytes = this.#file.chunks.getBinaryFast(chunkKey(step, window, id));
    return bytes === undefined ? [] : decodeChunk(bytes, frameOf(step, window));
  }

  /** True where a metric has no chunk at all. */
  isEmpty(id: number): boolean {
    return this.#windows.every((windows, step) =>
      [...windows].every((window) => !this.#file.chunks.doesExist(chunkKey(step, window, id))),
    );
  }

  /** Writes what is only in the journal, and takes it from there. Rejects with `unavailable`. */
  flush(recent: RecentPoints): Promise<void> {
    return this.#turns.run('write', async () => {
      const made: { readonly key: Buffer; readonly bytes: Buffer }[] = [];
      for (const place of recent.chunks().sort(byKey)) {
        made.push({ key: keyOf(place), bytes: this.#joined(place, place.points) });
        if (made.length % AT_ONCE === 0) await otherWork();
      }
      for (const { step, window } of recent.chunks()) this.#windows[step]?.add(window);
      const first = this.#file.number('flushed') + 1;
      const numbers = Array.from({ length: recent.lastNumber - first + 1 }, (_, i) => first + i);
      await this.#file.transact([
        ...made.map(({ key, bytes }) => put(this.#file.chunks, key, bytes)),
        ...Array.from(recent.lastPuts, ([id, at]) => put(this.#file.seen, idKey(id), doubles(at))),
        ...numbers.map((number) => remove(this.#file.journal, journalKey(number))),
        this.#file.setNumber('flushed', recent.lastNumber),
      ]);
    });
  }

  /** Hands windows that are old enough to the next step, and forgets those of the last; ends early by the signal. */
  rollUp(now: number, signal: AbortSignal): Promise<void> {
    return this.#turns.run('write', async () => {
      for (const [step, windows] of this.#windows.entries()) {
        for (const window of [...windows].sort((a, b) => a - b)) {
          if (!isWindowOver(stepAt(step), window, now)) continue;
          while (await this.#rollUpSome(step, window)) {
            await otherWork();
            if (signal.aborted) return;
          }
          windows.delete(window);
        }
      }
    });
  }

  /** Resolves when nothing is being written. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /** Some chunks of the window; false when there were none. */
  async #rollUpSome(step: number, window: number): Promise<boolean> {
    const range = {
      start: chunkKey(step, window, 0),
      end: chunkKey(step, window + 1, 0),
      limit: ROLLED_UP_AT_ONCE,
    };
    const keys = Array.from(this.#file.chunks.getKeys(range), (key) => Buffer.from(key));
    if (keys.length === 0) return false;
    const made: { readonly place: Place; readonly bytes: Buffer }[] = [];
    for (const key of step + 1 < RESOLUTION_STEPS.length ? keys : []) {
      made.push(this.#rolledUp({ step, window, id: idOfKey(key) }));
      if (made.length % AT_ONCE === 0) await otherWork();
    }
    for (const { place } of made) this.#windows[place.step]?.add(place.window);
    await this.#file.transact([
      ...made.map(({ place, bytes }) => put(this.#file.chunks, keyOf(place), bytes)),
      ...keys.map((key) => remove(this.#file.chunks, key)),
    ]);
    return true;
  }

  /** The chunk of the next step into which this one goes, with its points. */
  #rolledUp({ step, window, id }: Place): { place: Place; bytes: Buffer } {
    const next = stepAt(step + 1);
    const points = this.points({ step, window, id }).map((point) => ({
      ...point,
      at: Math.floor(point.at / next.resolutionMs) * next.resolutionMs,
    }));
    const place = { step: step + 1, window: windowOf(next, window * stepAt(step).windowMs), id };
    return { place, bytes: this.#joined(place, points) };
  }

  /** The chunk there, with more points in it. */
  #joined(place: Place, more: readonly Point[]): Buffer {
    const points = joinPoints([...this.points(place), ...more], stepAt(place.step).exactValues);
    return encodeChunk(points, frameOf(place.step, place.window));
  }

  #windowsOf(step: number): number[] {
    const found: number[] = [];
    for (let from = 0; ; from = (found.at(-1) ?? 0) + 1) {
      const range = { start: chunkKey(step, from, 0), end: chunkKey(step + 1, 0, 0), limit: 1 };
      const [key] = this.#file.chunks.getKeys(range);
      if (key === undefined) return found;
      found.push(windowOfKey(key));
    }
  }
}

const stepAt = (step: number): ResolutionStep => RESOLUTION_STEPS[step] as ResolutionStep;

const frameOf = (step: number, window: number): { start: number; resolutionMs: number } => ({
  start: window * stepAt(step).windowMs,
  resolutionMs: stepAt(step).resolutionMs,
});

const keyOf = ({ step, window, id }: Place): Buffer => chunkKey(step, window, id);

const byKey = (a: Place, b: Place): number => a.step - b.step || a.window - b.window || a.id - b.id;

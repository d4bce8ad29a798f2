/** What was put and is not in chunks yet, in memory; the journal has it on disk. */
import type { MetricDatum } from '../../domain/metrics/metric.ts';
import { aggregateOf } from '../../domain/metrics/aggregate.ts';
import {
  firstStep,
  RESOLUTION_STEPS,
  type ResolutionStep,
  windowOf,
} from '../../domain/metrics/retention.ts';
import type { Point } from './chunk.ts';

/** A datum whose metric is a number, as the journal has it. */
export type Recorded = Omit<MetricDatum, 'metric'> & { readonly id: number };

/** Points for one chunk, as they came. */
export interface RecentChunk {
  readonly step: number;
  readonly window: number;
  readonly id: number;
  readonly points: Point[];
}

export class RecentPoints {
  readonly #chunks = new Map<string, RecentChunk>();
  readonly #windows = RESOLUTION_STEPS.map(() => new Set<number>());
  readonly #lastPuts = new Map<number, number>();
  #bytes = 0;
  #lastNumber = 0;
  #oldest = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#chunks.size;
  }

  /** In the journal. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of what is here, the last in the journal. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  /** When the first of it was put; infinite where there is none. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Id of each metric into which something was put, and when that was last. */
  get lastPuts(): ReadonlyMap<number, number> {
    return this.#lastPuts;
  }

  chunks(): RecentChunk[] {
    return [...this.#chunks.values()];
  }

  /** Windows of a step in which there is something. */
  windows(step: number): readonly number[] {
    return [...(this.#windows[step] ?? [])];
  }

  points({ step, window, id }: Omit<RecentChunk, 'points'>): readonly Point[] {
    return this.#chunks.get(nameOf(step, window, id))?.points ?? [];
  }

  /** `at`: when it was put. `bytes`: its size in the journal, where it has this number. */
  add(
    { number, bytes, at: now }: { number: number; bytes: number; at: number },
    data: readonly Recorded[],
  ): void {
    this.#lastNumber = number;
    this.#bytes += bytes;
    this.#oldest = Math.min(this.#oldest, now);
    for (const { id, at, unit, resolution, content } of data) {
      const aggregate = aggregateOf({ at, content });
      if (aggregate === undefined) continue;
      const index = firstStep(resolution);
      const step = RESOLUTION_STEPS[index] as ResolutionStep;
      const start = Math.floor(at / step.resolutionMs) * step.resolutionMs;
      this.#chunkOf(index, windowOf(step, at), id).points.push({ at: start, unit, aggregate });
      this.#lastPuts.set(id, now);
    }
  }

  #chunkOf(step: number, window: number, id: number): RecentChunk {
    const name = nameOf(step, window, id);
    const known = this.#chunks.get(name);
    if (known !== undefined) return known;
    const chunk = { step, window, id, points: [] };
    this.#chunks.set(name, chunk);
    this.#windows[step]?.add(window);
    return chunk;
  }
}

const nameOf = (step: number, window: number, id: number): string => `${step} ${window} ${id}`;

/** The MetricStore in a directory of this machine, on LMDB: every answered put is on disk, and memory is bounded. */
import type { Scope } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { aggregateOf } from '../../domain/metrics/aggregate.ts';
import { BucketCollector } from '../../domain/metrics/bucket-collector.ts';
import { metricKey } from '../../domain/metrics/metric-key.ts';
import type { MetricBucket, MetricDatum } from '../../domain/metrics/metric.ts';
import { isWindowOver, RESOLUTION_STEPS, RETENTION_MS } from '../../domain/metrics/retention.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  MetricFilter,
  MetricPage,
  MetricQuery,
  MetricStore,
  PutOnce,
} from '../../ports/metric-store.ts';
import { Chunks } from './chunks.ts';
import { Journal } from './journal.ts';
import { MetricFile } from './metric-file.ts';
import { MetricNames } from './metric-names.ts';
import { otherWork } from './other-work.ts';
import type { RecentPoints } from './recent-points.ts';

/** How long data stay in the journal: a chunk is written anew for each flush. */
const FLUSH_AFTER_MS = 10 * 60_000;
/** After so many chunks, a read lets others have their turn. */
const CHUNKS_AT_ONCE = 16;

export interface LmdbMetricStoreOptions {
  /** The store's own directory; made (0700) when it is missing. */
  readonly dir: string;
  readonly clock: Clock;
}

export class LmdbMetricStore implements MetricStore {
  readonly #file: MetricFile;
  readonly #clock: Clock;
  readonly #names: MetricNames;
  readonly #chunks: Chunks;
  readonly #journal: Journal;
  readonly #compactions = new KeyedSerial();
  /** As far as names have been looked through for those to forget. */
  #lookedAt: Buffer | undefined;
  /** Long work is left for another day then. */
  readonly #closing = new AbortController();

  private constructor(file: MetricFile, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
    this.#names = new MetricNames(file);
    this.#chunks = new Chunks(file);
    this.#journal = new Journal({ file, names: this.#names, chunks: this.#chunks });
  }

  /**
   * Opens the store. Rejects with `failed-precondition` when another process (or this one) has it open, or when a
   * version of Neargate that is not understood has written it.
   */
  static async open({ dir, clock }: LmdbMetricStoreOptions): Promise<LmdbMetricStore> {
    const file = new MetricFile(dir);
    try {
      await file.checkFormat();
      return new LmdbMetricStore(file, clock);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async put(scope: Scope, data: readonly MetricDatum[], once?: PutOnce): Promise<void> {
    this.#checkOpen();
    const now = this.#clock.now();
    const kept = data
      .map((datum) => ({ datum, name: metricKey(scope, datum.metric), aggregate: aggregateOf(datum) }))
      .filter(({ datum, aggregate }) => aggregate !== undefined && datum.at >= now - RETENTION_MS);
    if (kept.length > 0 || once !== undefined) await this.#journal.put({ scope, data: kept, once, now });
  }

  async list(scope: Scope, filter: MetricFilter, limit: number, after?: string): Promise<MetricPage> {
    this.#checkOpen();
    const { recent } = this.#journal;
    return this.#names.list(scope, { filter, limit, after }, (id) => this.#lastPut(id, recent));
  }

  async read(scope: Scope, { metric, ...asked }: MetricQuery): Promise<readonly MetricBucket[]> {
    this.#checkOpen();
    const id = this.#names.idOf(metricKey(scope, metric));
    if (id === undefined) return [];
    const collector = new BucketCollector(asked);
    // Without a pause: what a flush moves is seen in one place.
    const { recent } = this.#journal;
    let read = 0;
    for (const [step, { resolutionMs, windowMs }] of RESOLUTION_STEPS.entries()) {
      const end = asked.end + Math.max(asked.period * 1_000, resolutionMs);
      const windows = new Set([
        ...(this.#chunks.windows[step] ?? []),
        ...recent.flatMap((one) => one.windows(step)),
      ]);
      for (const window of windows) {
        if ((window + 1) * windowMs <= asked.start || window * windowMs >= end) continue;
        read += 1;
        const place = { step, window, id };
        for (const points of [this.#chunks.points(place), ...recent.map((one) => one.points(place))]) {
          for (const { at, unit, aggregate } of points) collector.add(at, resolutionMs, unit, aggregate);
        }
      }
    }
    const buckets = collector.buckets();
    if (read > CHUNKS_AT_ONCE) await otherWork();
    return buckets;
  }

  async compact(now: number): Promise<void> {
    this.#checkOpen();
    await this.#compactions.run('compact', async () => {
      if (this.#isFlushDue(now)) await this.#journal.flush();
      await this.#chunks.rollUp(now, this.#closing.signal);
      await this.#journal.exclusively(async () => {
        await this.#journal.forgetPublishers(now);
        await this.#forgetNames(now);
      });
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#compactions.idle();
    await this.#journal.idle();
    await this.#file.close();
  }

  /** By age, or because some of it is for another step by now. */
  #isFlushDue(now: number): boolean {
    return this.#journal.recent.some(
      (recent) =>
        recent.oldest <= now - FLUSH_AFTER_MS ||
        RESOLUTION_STEPS.some((step, index) =>
          recent.windows(index).some((window) => isWindowOver(step, window, now)),
        ),
    );
  }

  /** Looks through some of the names for those of which nothing is left. */
  async #forgetNames(now: number): Promise<void> {
    const { recent } = this.#journal;
    const some = this.#names.slice(this.#lookedAt);
    this.#lookedAt = some.at(-1)?.key;
    const gone = some.filter(
      ({ id }) => this.#lastPut(id, recent) < now - RETENTION_MS && this.#chunks.isEmpty(id),
    );
    if (gone.length > 0) await this.#file.transact(gone.flatMap((one) => this.#names.remove(one)));
  }

  #lastPut(id: number, recent: readonly RecentPoints[]): number {
    return Math.max(this.#names.lastPut(id), ...recent.map(({ lastPuts }) => lastPuts.get(id) ?? 0));
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted)
      throw new AppError('failed-precondition', 'the store of metrics is closed');
  }
}

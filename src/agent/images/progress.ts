/**
 * Bytes of bytes and layers of layers of one pull, told often enough to watch and seldom enough to afford. Each layer that
 * is here is told at once: nothing may follow it for long.
 */
import type { PullProgress } from '../../domain/task/pull-progress.ts';
import type { Clock } from '../../ports/clock.ts';

const INTERVAL_MS = 200;

export class ProgressMeter {
  readonly #clock: Clock;
  readonly #tell: (progress: PullProgress) => void;
  /** By layer. */
  readonly #bytes = new Map<string, number>();
  #progress: PullProgress = {
    phase: 'downloading',
    layersDone: 0,
    layersUnpacked: 0,
    layersTotal: 0,
    bytesDone: 0,
    bytesTotal: 0,
  };
  #toldAt = -INTERVAL_MS;

  constructor(clock: Clock, tell: (progress: PullProgress) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get current(): PullProgress {
    return this.#progress;
  }

  expect(layersTotal: number, bytesTotal: number): void {
    this.#set({ layersTotal, bytesTotal }, true);
    this.#passOn();
  }

  /** So much of a layer is here. */
  layerBytes(digest: string, count: number): void {
    const more = count - (this.#bytes.get(digest) ?? 0);
    this.#bytes.set(digest, count);
    this.#set({ bytesDone: this.#progress.bytesDone + more }, false);
  }

  layerDone(digest: string, size: number): void {
    this.layerBytes(digest, size);
    this.#set({ layersDone: this.#progress.layersDone + 1 }, true);
    this.#passOn();
  }

  layerUnpacked(): void {
    const { layersUnpacked, layersTotal } = this.#progress;
    const unpacked = Math.min(layersTotal, layersUnpacked + 1);
    this.#set({ layersUnpacked: unpacked }, unpacked === layersTotal);
  }

  enter(phase: PullProgress['phase']): void {
    this.#set({ phase }, true);
  }

  #passOn(): void {
    const { layersDone, layersTotal } = this.#progress;
    if (layersDone === layersTotal) this.enter('unpacking');
  }

  #set(change: Partial<PullProgress>, always: boolean): void {
    this.#progress = { ...this.#progress, ...change };
    const now = this.#clock.now();
    if (!always && now - this.#toldAt < INTERVAL_MS) return;
    this.#toldAt = now;
    this.#tell(this.#progress);
  }
}

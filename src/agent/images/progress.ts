/** Bytes of bytes and layers of layers of one pull, told often enough to watch and seldom enough to afford. */
import type { Clock } from '../../ports/clock.ts';

export interface PullProgress {
  readonly phase: 'downloading' | 'unpacking' | 'done';
  readonly layersDone: number;
  readonly layersTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

const INTERVAL_MS = 200;

export class ProgressMeter {
  readonly #clock: Clock;
  readonly #tell: (progress: PullProgress) => void;
  #progress: PullProgress = {
    phase: 'downloading',
    layersDone: 0,
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
  }

  bytes(count: number): void {
    const bytesDone = Math.min(this.#progress.bytesTotal, this.#progress.bytesDone + count);
    this.#set({ bytesDone }, false);
  }

  layerDone(): void {
    this.#set({ layersDone: this.#progress.layersDone + 1 }, true);
  }

  enter(phase: PullProgress['phase']): void {
    this.#set({ phase }, true);
  }

  #set(change: Partial<PullProgress>, always: boolean): void {
    this.#progress = { ...this.#progress, ...change };
    const now = this.#clock.now();
    if (!always && now - this.#toldAt < INTERVAL_MS) return;
    this.#toldAt = now;
    this.#tell(this.#progress);
  }
}

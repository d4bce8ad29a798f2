/**
 * Removes images that no task has used for a while, the longest unused first, when the disk that they are on gets full,
 * and until there is room again. An image of a task that is on this machine stays, from when the task came until it is
 * forgotten, however it is: running, waiting, or still pulling.
 */
import { formatReference, parseReference } from '../../domain/oci/reference.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageStore, ListedImage } from '../../ports/image-store.ts';
import type { Logger } from '../../ports/logger.ts';
import { nowAndThen } from '../waiting.ts';
import type { ImageUse } from './image-use.ts';

export interface ImageCollectorOptions {
  readonly store: ImageStore;
  readonly use: ImageUse;
  readonly clock: Clock;
  readonly logger: Logger;
  /** References in the definitions of all tasks that are here. */
  readonly references: () => Iterable<string>;
  /** Share of the disk (0 to 1) that is to be free. */
  readonly freeShare: number;
  /** An image stays for so long after its last use. */
  readonly minAgeMs: number;
}

const LOOK_EVERY_MS = 30_000;
/** How stale the times may be that outlive the agent. */
const TOUCH_EVERY_MS = 600_000;

export class ImageCollector {
  readonly #options: ImageCollectorOptions;

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
  }

  /** Looks now and then until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    await nowAndThen(clock, LOOK_EVERY_MS, signal, {
      work: () => this.look(),
      onError: (error) => logger.warn('cannot collect images', { error }),
    });
  }

  /** One look. Resolves with the names of what it removed. */
  async look(): Promise<string[]> {
    const { store, clock, minAgeMs } = this.#options;
    const images = await store.list();
    await this.#noteUse(images);
    const removed: string[] = [];
    if (await this.#hasRoom()) return removed;
    const unused = images
      .map(({ name, touchedAt }) => ({ name, usedAt: this.#usedAt(name, touchedAt) }))
      .filter(({ usedAt }) => clock.now() - usedAt >= minAgeMs)
      .toSorted((one, other) => one.usedAt - other.usedAt);
    for (const { name } of unused) {
      if (await this.#remove(name)) removed.push(name);
      if (await this.#hasRoom()) return removed;
    }
    return removed;
  }

  /** What is used now was used until now; that outlives the agent. */
  async #noteUse(images: readonly ListedImage[]): Promise<void> {
    const { store, use, clock } = this.#options;
    const inUse = this.#inUse();
    for (const name of inUse) use.note(name);
    const stale = images.filter(({ name, touchedAt }) => {
      return inUse.has(name) && clock.now() - touchedAt >= TOUCH_EVERY_MS;
    });
    await Promise.all(stale.map(({ name }) => store.touch(name)));
  }

  /** False when a task has come for it. */
  async #remove(name: string): Promise<boolean> {
    const { store, use, logger } = this.#options;
    if (this.#inUse().has(name)) return false;
    await use.remove(name, () => store.remove(name));
    logger.info('image removed: the disk is nearly full', { image: name });
    return true;
  }

  async #hasRoom(): Promise<boolean> {
    const { totalBytes, freeBytes } = await this.#options.store.space();
    return freeBytes >= totalBytes * this.#options.freeShare;
  }

  #usedAt(name: string, touchedAt: number): number {
    return Math.max(touchedAt, this.#options.use.usedAt(name) ?? 0);
  }

  #inUse(): Set<string> {
    return new Set([...this.#options.references()].flatMap((text) => nameOf(text) ?? []));
  }
}

/** Undefined for what is no reference: its task fails by itself. */
function nameOf(text: string): string | undefined {
  try {
    return formatReference(parseReference(text));
  } catch {
    return undefined;
  }
}

/**
 * Files that hold an empty file system, waiting to become a task's disk. They are made when nobody waits for them;
 * a burst of tasks that is larger than the store makes its own.
 */
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeExtents } from '../../linux/sparse-file.ts';
import { imageBytes, type TemplateShelf } from './templates.ts';

/** The dot keeps them out of the list of disks. */
const PREFIX = '.spare-';
const REFILL_PAUSE_MS = 30;

interface Spare {
  readonly path: string;
  readonly image: FileHandle;
}

export interface SpareImagesOptions {
  readonly dir: string;
  readonly sizeGiB: number;
  readonly count: number;
}

export class SpareImages {
  readonly #options: SpareImagesOptions;
  readonly #templates: TemplateShelf;
  readonly #ready: Spare[] = [];
  #made = 0;
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> = Promise.resolve();
  #started = false;

  constructor(options: SpareImagesOptions, templates: TemplateShelf) {
    this.#options = options;
    this.#templates = templates;
  }

  /** Removes what an earlier process left, and begins to fill up. */
  async start(): Promise<void> {
    const names = await readdir(this.#options.dir);
    const old = names.filter((name) => name.startsWith(PREFIX));
    await Promise.all(old.map((name) => unlink(join(this.#options.dir, name)).catch(() => undefined)));
    this.#started = true;
    this.#refillLater();
  }

  /** An image of this size under its new name, which nothing has; undefined when none is ready. */
  async take(sizeGiB: number, path: string): Promise<FileHandle | undefined> {
    const spare = sizeGiB === this.#options.sizeGiB ? this.#ready.pop() : undefined;
    this.#refillLater();
    if (spare === undefined) return undefined;
    try {
      await rename(spare.path, path);
      return spare.image;
    } catch {
      // Somebody has tidied up: the caller makes a new one.
      await spare.image.close();
      return undefined;
    }
  }

  /** Removes what is left. May be repeated. */
  async close(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await this.#filling;
    for (const spare of this.#ready.splice(0)) await discard(spare);
  }

  /** Each call puts it off: not while disks are being made. */
  #refillLater(): void {
    clearTimeout(this.#timer);
    if (!this.#started || this.#ready.length >= this.#options.count) return;
    this.#timer = setTimeout(() => {
      // Whoever needs an image next sees the reason of a failure.
      this.#filling = this.#makeOne().catch(() => undefined);
    }, REFILL_PAUSE_MS).unref();
  }

  async #makeOne(): Promise<void> {
    const { dir, sizeGiB } = this.#options;
    const path = join(dir, `${PREFIX}${process.pid}-${(this.#made += 1)}`);
    const spare = { path, image: await open(path, 'wx+', 0o600) };
    try {
      await writeExtents(spare.image, imageBytes(sizeGiB), await this.#templates.get(sizeGiB));
    } catch (error) {
      await discard(spare);
      throw error;
    }
    this.#ready.push(spare);
    this.#refillLater();
  }
}

async function discard({ path, image }: Spare): Promise<void> {
  await image.close();
  await unlink(path).catch(() => undefined);
}

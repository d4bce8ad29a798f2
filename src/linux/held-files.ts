/** Files of the kernel that are read again and again: each is opened once, which costs twice as much as to read it. */
import { closeSync, openSync } from 'node:fs';
import type { KernelFiles } from './kernel-files.ts';

export class HeldFiles {
  readonly #files: KernelFiles;
  /** Undefined: there is no such file. */
  readonly #descriptors = new Map<string, number | undefined>();

  constructor(files: KernelFiles) {
    this.#files = files;
  }

  /** All of a file as it is now. Throws as `openSync` does, and ENODEV when what it tells of is gone. */
  read(path: string): string {
    const held = this.#descriptors.get(path);
    const descriptor = held ?? openSync(path, 'r');
    if (held === undefined) this.#descriptors.set(path, descriptor);
    return this.#files.readOpen(descriptor);
  }

  /** The same of a file that not every kernel has; one that was absent once is not looked for again. */
  readIfThere(path: string): string | undefined {
    if (this.#descriptors.has(path) && this.#descriptors.get(path) === undefined) return undefined;
    try {
      return this.read(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#descriptors.set(path, undefined);
      return undefined;
    }
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) if (descriptor !== undefined) closeSync(descriptor);
    this.#descriptors.clear();
  }
}

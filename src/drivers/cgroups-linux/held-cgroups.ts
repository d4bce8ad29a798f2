/** The files of the cgroups that are read every ten seconds, open for as long as the cgroup is there. */
import { hasKind } from '../../domain/errors.ts';
import { HeldFiles } from '../../linux/held-files.ts';
import { KernelFiles } from '../../linux/kernel-files.ts';

/** Some ten files each: of more than these the files are opened for each reading. */
const MOST_HELD = 256;

export class HeldCgroups {
  readonly #files = new KernelFiles();
  /** By the cgroup's path. */
  readonly #held = new Map<string, HeldFiles>();

  /** What `reading` makes of the files of a cgroup; `not-found`, which it throws, when the cgroup is gone. */
  read<T>(cgroup: string, reading: (files: HeldFiles) => T): T {
    const held = this.#held.get(cgroup);
    if (held !== undefined) {
      try {
        return reading(held);
      } catch (error) {
        this.#close(cgroup);
        // A container that was started again has another cgroup by the same path.
        if (!hasKind(error, 'not-found')) throw error;
      }
    }
    return this.#first(cgroup, reading);
  }

  #first<T>(cgroup: string, reading: (files: HeldFiles) => T): T {
    const files = new HeldFiles(this.#files);
    try {
      const result = reading(files);
      if (this.#held.size < MOST_HELD) this.#held.set(cgroup, files);
      return result;
    } finally {
      if (this.#held.get(cgroup) !== files) files.close();
    }
  }

  /** Closes what is held of a cgroup below `parent`. */
  forget(parent: string): void {
    for (const cgroup of [...this.#held.keys()]) if (cgroup.startsWith(`${parent}/`)) this.#close(cgroup);
  }

  #close(cgroup: string): void {
    this.#held.get(cgroup)?.close();
    this.#held.delete(cgroup);
  }
}

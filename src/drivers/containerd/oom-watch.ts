/**
 * Which container of a task was really killed for want of memory. Under cgroup v1 the shim hears of every shortage in
 * its container's cgroup or any above it: when a task's limit is reached, each container of the task is told of. The
 * truth is the count of kills in the container's own cgroup, which rises a moment after the news; so the news waits for
 * the count, or for the end of the process, and is told before that end. Under v2 the news is right as it comes.
 * Reads are synchronous: these files are the kernel's memory, and events must stay in order.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';

type ExitEvent = Extract<RuntimeEvent, { type: 'exit' }>;

/** Of a process that was killed. */
const KILLED = 128 + 9;
const LOOKS = 20;
const LOOK_INTERVAL_MS = 50;
/** In place of a path, where v1 does not count memory. */
const NOT_COUNTED = '';
const MEMORY_HIERARCHY = '/sys/fs/cgroup/memory';

export class OomWatch {
  readonly #pidOf: (id: string) => Promise<number | undefined>;
  readonly #push: (event: RuntimeEvent) => void;
  /** Containers with news that is not decided, and the file that has their count, once it is known. */
  readonly #pending = new Map<string, string | undefined>();
  /** Kills in a container's cgroup that were told of already. */
  readonly #told = new Map<string, number>();

  constructor(pidOf: (id: string) => Promise<number | undefined>, push: (event: RuntimeEvent) => void) {
    this.#pidOf = pidOf;
    this.#push = push;
  }

  /** News of a shortage. */
  oom(id: string): void {
    if (this.#pending.has(id)) return;
    this.#pending.set(id, undefined);
    void this.#look(id);
  }

  /** Passes an exit on, after the news that belongs to it. */
  exit(event: ExitEvent): void {
    const { id, exit } = event;
    if (this.#pending.has(id)) {
      const path = this.#pending.get(id);
      this.#pending.delete(id);
      // Ended before it was looked at: too fast for anyone else to have killed it.
      const isKilled = path === undefined ? exit.exitCode === KILLED : this.#rise(id, path) !== undefined;
      if (isKilled) this.#push({ type: 'oom', id });
    }
    this.#told.delete(id);
    this.#push(event);
  }

  async #look(id: string): Promise<void> {
    const path = await this.#countFile(id).catch(() => undefined);
    if (path === NOT_COUNTED) {
      if (this.#pending.delete(id)) this.#push({ type: 'oom', id });
      return;
    }
    if (path === undefined) {
      // Its exit is on the way, or was told of before this news.
      await sleep(LOOKS * LOOK_INTERVAL_MS);
      if (this.#pending.delete(id)) this.#push({ type: 'oom', id });
      return;
    }
    if (!this.#pending.has(id)) return;
    this.#pending.set(id, path);
    for (let look = 0; look < LOOKS && this.#pending.has(id); look += 1) {
      const kills = this.#rise(id, path);
      if (kills !== undefined) {
        this.#told.set(id, kills);
        this.#pending.delete(id);
        this.#push({ type: 'oom', id });
        return;
      }
      await sleep(LOOK_INTERVAL_MS);
    }
    // It was another container's.
    this.#pending.delete(id);
  }

  /** The count, where it is above what was told; undefined as well where it can no longer be read. */
  #rise(id: string, path: string): number | undefined {
    try {
      const count = Number(/^oom_kill (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1]);
      return count > (this.#told.get(id) ?? 0) ? count : undefined;
    } catch {
      return undefined;
    }
  }

  /** Undefined when the process is gone already. */
  async #countFile(id: string): Promise<string | undefined> {
    const pid = await this.#pidOf(id);
    if (pid === undefined) return undefined;
    const cgroup = memoryCgroup(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    // A process that has ended, and was not waited for yet, is counted to the root.
    if (cgroup === '/') return undefined;
    return cgroup === undefined ? NOT_COUNTED : `${MEMORY_HIERARCHY}${cgroup}/memory.oom_control`;
  }
}

/** The cgroup in v1's memory hierarchy, from /proc/<pid>/cgroup; undefined under v2. */
export function memoryCgroup(table: string): string | undefined {
  for (const line of table.split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers.split(',').includes('memory')) return path.join(':');
  }
  return undefined;
}

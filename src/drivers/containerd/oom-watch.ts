/**
 * Which container of a task was really killed for want of memory. Under cgroup v1 the shim hears of every shortage in
 * its container's cgroup or any above it: when a task's limit is reached, each container of the task is told of. The
 * truth is the count of kills in the container's own cgroup, which rises a moment after the news; so the news waits for
 * the count, or for the end of the process, and is told before that end. Under v2 the news is right as it comes.
 * Reads are synchronous: these files are the kernel's memory, and events must stay in order.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartTime } from '../../linux/process-identity.ts';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';

type ExitEvent = Extract<RuntimeEvent, { type: 'exit' }>;

/** Of a process that was killed. */
const KILLED = 128 + 9;
const LOOKS = 20;
const LOOK_INTERVAL_MS = 50;
/** In place of a path, where v1 does not count memory. */
const NOT_COUNTED = '';
const MEMORY_HIERARCHY = '/sys/fs/cgroup/memory';

interface News {
  /** The file that has the count, once it is known. */
  path?: string;
}

export class OomWatch {
  readonly #pidOf: (id: string) => Promise<number | undefined>;
  readonly #push: (event: RuntimeEvent) => void;
  readonly #intervalMs: number;
  /** Containers with news that is not decided. News of an earlier run of a container is never taken for that of a later. */
  readonly #pending = new Map<string, News>();
  /** Kills in a container's cgroup that were told of already. */
  readonly #told = new Map<string, number>();

  constructor(
    pidOf: (id: string) => Promise<number | undefined>,
    push: (event: RuntimeEvent) => void,
    intervalMs = LOOK_INTERVAL_MS,
  ) {
    this.#pidOf = pidOf;
    this.#push = push;
    this.#intervalMs = intervalMs;
  }

  /** News of a shortage. */
  oom(id: string): void {
    if (this.#pending.has(id)) return;
    const news: News = {};
    this.#pending.set(id, news);
    void this.#look(id, news);
  }

  /** Passes an exit on, after the news that belongs to it. */
  exit(event: ExitEvent): void {
    const { id, exit } = event;
    const news = this.#pending.get(id);
    if (news !== undefined) {
      this.#pending.delete(id);
      // Ended before it was looked at: too fast for anyone else to have killed it.
      const isKilled =
        news.path === undefined ? exit.exitCode === KILLED : this.#rise(id, news.path) !== undefined;
      if (isKilled) this.#push({ type: 'oom', id });
    }
    this.#told.delete(id);
    this.#push(event);
  }

  async #look(id: string, news: News): Promise<void> {
    const path = await this.#countFile(id).catch(() => undefined);
    if (path === NOT_COUNTED) {
      this.#decide(id, news, true);
      return;
    }
    if (path === undefined) {
      // Its exit is on the way, or was told of before this news. If it runs by then, that is another run of it.
      await sleep(LOOKS * this.#intervalMs);
      if (this.#pending.get(id) !== news) return;
      this.#decide(id, news, !(await this.#runs(id).catch(() => false)));
      return;
    }
    news.path = path;
    for (let look = 0; look < LOOKS && this.#pending.get(id) === news; look += 1) {
      const kills = this.#rise(id, path);
      if (kills !== undefined) {
        this.#told.set(id, kills);
        this.#decide(id, news, true);
        return;
      }
      await sleep(this.#intervalMs);
    }
    // It was another container's.
    this.#decide(id, news, false);
  }

  /** Unless its container has ended meanwhile. */
  #decide(id: string, news: News, isKilled: boolean): void {
    if (this.#pending.get(id) !== news) return;
    this.#pending.delete(id);
    if (isKilled) this.#push({ type: 'oom', id });
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

  async #runs(id: string): Promise<boolean> {
    const pid = await this.#pidOf(id);
    return pid !== undefined && processStartTime(pid) !== undefined;
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

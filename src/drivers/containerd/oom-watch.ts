/**
 * Which container of a task was really killed for want of memory. Under cgroup v1 the shim hears of every shortage in
 * its container's cgroup or any above it: when a task's limit is reached, each container of the task is told of. The
 * truth is the count of kills in the container's own cgroup, which rises a moment after the news; so the news waits for
 * the count, or for the end of the process, and is told before that end. Under v2 the news is right as it comes.
 * An end by SIGKILL may overtake the news of its reason: the count, which is there until the container is removed, tells of
 * it then.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processStartTime } from '../../linux/process-identity.ts';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import { killCountFile, memoryCgroup, readKillCount } from './kill-count.ts';

type ExitEvent = Extract<RuntimeEvent, { type: 'exit' }>;

/** Of a process that was killed. */
const KILLED = 128 + 9;
const LOOKS = 20;
const LOOK_INTERVAL_MS = 50;
/** In place of a path, where v1 does not count memory. */
const NOT_COUNTED = '';

/** What is known of a container. Undefined when it is gone. */
export interface OomSources {
  pidOf(id: string): Promise<number | undefined>;
  /** How many of its processes were killed for want of memory. */
  killsIn(id: string): Promise<number | undefined>;
}

interface News {
  /** The file that has the count, once it is known. */
  path?: string;
}

export class OomWatch {
  readonly #sources: OomSources;
  readonly #push: (event: RuntimeEvent) => void;
  readonly #intervalMs: number;
  /** Containers with news that is not decided. News of an earlier run of a container is never taken for that of a later. */
  readonly #pending = new Map<string, News>();
  /** Kills in a container's cgroup that were told of already. */
  readonly #told = new Map<string, number>();
  /** Containers whose end was told of with its reason, before the news of it has come. */
  readonly #expected = new Set<string>();

  constructor(sources: OomSources, push: (event: RuntimeEvent) => void, intervalMs = LOOK_INTERVAL_MS) {
    this.#sources = sources;
    this.#push = push;
    this.#intervalMs = intervalMs;
  }

  /** News of a shortage. */
  oom(id: string): void {
    if (this.#pending.has(id) || this.#expected.has(id)) return;
    const news: News = {};
    this.#pending.set(id, news);
    void this.#look(id, news);
  }

  /** Passes an exit on, after the news that belongs to it. */
  exit(event: ExitEvent): void {
    const { id, exit } = event;
    const path = this.#pending.get(id)?.path;
    if (path === undefined && exit.exitCode === KILLED) {
      void this.#exitOfKilled(event);
      return;
    }
    const isKilled = path !== undefined && this.#rise(id, readKillCount(path)) !== undefined;
    this.#tellExit(event, isKilled);
  }

  async #exitOfKilled(event: ExitEvent): Promise<void> {
    const { id } = event;
    const kills = await this.#sources.killsIn(id).catch(() => undefined);
    // Not counted: too fast for anyone else to have killed it, when there is news.
    const isKilled = kills === undefined ? this.#pending.has(id) : this.#rise(id, kills) !== undefined;
    if (isKilled) this.#expectNews(id);
    this.#tellExit(event, isKilled);
  }

  #tellExit(event: ExitEvent, isKilled: boolean): void {
    const { id } = event;
    this.#pending.delete(id);
    this.#told.delete(id);
    if (isKilled) this.#push({ type: 'oom', id });
    this.#push(event);
  }

  /** Of what was told of without it. */
  #expectNews(id: string): void {
    this.#expected.add(id);
    setTimeout(() => this.#expected.delete(id), LOOKS * this.#intervalMs).unref();
  }

  async #look(id: string, news: News): Promise<void> {
    const path = await this.#countFile(id).catch(() => undefined);
    if (path === NOT_COUNTED) {
      this.#told.set(id, Number.POSITIVE_INFINITY);
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
      const kills = this.#rise(id, readKillCount(path));
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

  /** The count, where it is above what was told. */
  #rise(id: string, kills: number | undefined): number | undefined {
    return kills !== undefined && kills > (this.#told.get(id) ?? 0) ? kills : undefined;
  }

  async #runs(id: string): Promise<boolean> {
    const pid = await this.#sources.pidOf(id);
    return pid !== undefined && processStartTime(pid) !== undefined;
  }

  /** Undefined when the process is gone already. */
  async #countFile(id: string): Promise<string | undefined> {
    const pid = await this.#sources.pidOf(id);
    if (pid === undefined) return undefined;
    const cgroup = memoryCgroup(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    // A process that has ended, and was not waited for yet, is counted to the root.
    if (cgroup === '/') return undefined;
    return cgroup === undefined ? NOT_COUNTED : killCountFile(cgroup);
  }
}

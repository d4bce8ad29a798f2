/**
 * Interfaces on their way out. The kernel removes a pair together with the task's namespace, many at a time, which is
 * much faster than one by one but takes it tens of milliseconds. Nobody needs to wait for it, except who wants the same
 * interface again. One whose namespace does not end is removed by force.
 */
import { setTimeout } from 'node:timers/promises';
import type { Vpc } from './vpc.ts';

const PATIENCE_MS = 500;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

export class Departures {
  readonly #find: (vpcId: string) => Vpc | undefined;
  readonly #under = new Map<string, Promise<void>>();

  /** Handles on VPCs are asked for anew each time: they do not last. */
  constructor(find: (vpcId: string) => Vpc | undefined) {
    this.#find = find;
  }

  /** Sees to it that an interface goes; what fails is tried again when its VPC is applied or removed. */
  see(vpcId: string, name: string): void {
    void this.wait(vpcId, name).catch(() => undefined);
  }

  /** The same for all that are nobody's: those that were going when an earlier process ended. */
  seeAll(vpcId: string): void {
    for (const name of this.#find(vpcId)?.strays() ?? []) this.see(vpcId, name);
  }

  /** Resolves when all those are gone. */
  async waitAll(vpcId: string): Promise<void> {
    for (const name of this.#find(vpcId)?.strays() ?? []) await this.wait(vpcId, name);
  }

  /** Resolves when the interface is gone. */
  async wait(vpcId: string, name: string): Promise<void> {
    const key = `${vpcId} ${name}`;
    const departure =
      this.#under.get(key) ?? this.#remove(vpcId, name).finally(() => this.#under.delete(key));
    this.#under.set(key, departure);
    await departure;
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#under.values());
  }

  async #remove(vpcId: string, name: string): Promise<void> {
    let waited = 0;
    for (let pause = FIRST_PAUSE_MS; waited < PATIENCE_MS; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      if (this.#find(vpcId)?.hasInterface(name) !== true) return;
      await setTimeout(pause);
      waited += pause;
    }
    await this.#find(vpcId)?.removeInterface(name);
  }
}

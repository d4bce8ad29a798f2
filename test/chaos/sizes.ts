/**
 * What the programs have open and in memory while no task is there. It is the same after many rounds as after the first:
 * looked at until it is, for memory is collected, and connections end, when there is time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../src/ports/testing/patience.ts';
import type { Neargate } from '../support/neargate/instance.ts';
import { type Footprint, footprint } from '../support/neargate/processes.ts';

const REST_MS = patient(60_000);
const LOOK_EVERY_MS = 500;
/** A round's tasks leak more than that if each of them leaks a few. */
const MORE_DESCRIPTORS = 40;
/** Rounds that are compared: the largest of the first with the smallest of the last. */
const COMPARED = 5;
const MORE_MEMORY = 1.25;
const MORE_MEMORY_KIB = 32 * 1024;

type Sample = ReadonlyMap<string, Footprint>;

export class Sizes {
  readonly #neargate: Neargate;
  readonly #samples: Sample[] = [];

  constructor(neargate: Neargate) {
    this.#neargate = neargate;
  }

  /** Once more, after a round; resolves with what is too much and stays so. */
  async grown(): Promise<string[]> {
    const deadline = performance.now() + REST_MS;
    for (;;) {
      const now = await this.#look();
      const grown = this.#compare(now);
      if (grown.length === 0 || performance.now() > deadline) {
        this.#samples.push(now);
        return grown;
      }
      await delay(LOOK_EVERY_MS);
    }
  }

  /** As they were the last time. */
  get words(): string {
    const last = [...(this.#samples.at(-1) ?? [])];
    return last
      .map(([name, { descriptors, anonymousKiB }]) => `${name} ${inMiB(anonymousKiB)}, ${descriptors} files`)
      .join('; ');
  }

  async #look(): Promise<Sample> {
    const { pid } = this.#neargate;
    const agentPid = await this.#neargate.agentPid().catch(() => 0);
    return new Map([
      ['control plane', await footprint(pid)],
      ['agent', await footprint(agentPid)],
    ]);
  }

  #compare(now: Sample): string[] {
    const [first] = this.#samples;
    return [...now].flatMap(([name, { descriptors, anonymousKiB }]) => {
      const most = (first?.get(name)?.descriptors ?? descriptors) + MORE_DESCRIPTORS;
      const memory = this.#samples.map((sample) => sample.get(name)?.anonymousKiB ?? 0);
      const least = Math.min(anonymousKiB, ...memory.slice(1 - COMPARED));
      const bound = Math.max(...memory.slice(0, COMPARED)) * MORE_MEMORY + MORE_MEMORY_KIB;
      const isComparable = memory.length >= 2 * COMPARED;
      return [
        ...(descriptors > most ? [`the ${name} has ${descriptors} files open, ${most} were enough`] : []),
        ...(isComparable && least > bound
          ? [`the ${name} has ${inMiB(least)} in memory for ${COMPARED} rounds, ${inMiB(bound)} were enough`]
          : []),
      ];
    });
  }
}

function inMiB(kib: number): string {
  return `${(kib / 1024).toFixed(0)} MiB`;
}

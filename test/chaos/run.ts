/** Rounds of tasks and blows. What is drawn is the same for the same seed; when things happen is the machine's. */
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../src/ports/testing/patience.ts';
import { taskIdOf } from '../support/neargate/arn.ts';
import { type Blow, BLOW_SORTS, type BlowSort } from './blow.ts';
import { Deck } from './deck.ts';
import { Draw } from './draw.ts';
import { keepEvidence } from './evidence.ts';
import { Field } from './field.ts';
import { Fleet, type FleetTask, launchAll } from './fleet.ts';
import { type HostCensus, hostDifferences, takeHostCensus } from './host-laws.ts';
import { drawKind } from './kinds.ts';
import { brokenLaws } from './laws.ts';
import { Sizes } from './sizes.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** Whether another round begins. */
  readonly goesOn: (round: number) => boolean;
  readonly tasksARound: number;
  /** Default: 1. */
  readonly leastBlows?: number;
  readonly mostBlows: number;
  /** Those whose name has one of these in it, or one of each sort; none: all. */
  readonly onlyBlows?: readonly string[] | 'one of each sort';
  readonly tell: (line: string) => void;
}

export interface ChaosResult {
  readonly tasks: number;
  /** Files that a client of NFS wrote. */
  readonly filesByNfs: number;
  readonly rounds: number;
  readonly blows: ReadonlyMap<BlowSort, number>;
  /** What broke a law; the run ends with the round that did. */
  readonly broken: readonly string[];
}

const SETTLED_MS = patient(150_000);
const SPREAD_MS = 6000;
const BLOWS_TOLD = 6;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const field = await Field.prepare();
  const run = new Run(field, options);
  try {
    return await run.all();
  } catch (error) {
    // Also when the instance cannot be ended either.
    options.tell(
      `the run broke off: ${String(error)}\nlogs, tasks and their output: ${await run.keepEvidence()}`,
    );
    throw error;
  } finally {
    await field.close();
  }
}

class Run {
  readonly #field: Field;
  readonly #fleet: Fleet;
  readonly #options: ChaosOptions;
  readonly #draw: Draw;
  readonly #deck: Deck;
  readonly #sizes: Sizes;
  readonly #counts = new Map<BlowSort, number>(BLOW_SORTS.map((sort) => [sort, 0]));
  /** Of this round and those before. */
  readonly #struck: string[] = [];
  readonly #answered = new Set<string>();

  constructor(field: Field, options: ChaosOptions) {
    this.#field = field;
    this.#fleet = new Fleet(field.scene);
    this.#options = options;
    this.#draw = new Draw(options.seed);
    const { onlyBlows } = options;
    const draw = this.#draw.fork();
    this.#deck = onlyBlows === 'one of each sort' ? Deck.oneOfEachSort(draw) : Deck.of(draw, onlyBlows);
    this.#sizes = new Sizes(field.scene.neargate);
  }

  async all(): Promise<ChaosResult> {
    const { goesOn, leastBlows = 1, mostBlows } = this.#options;
    const stopping = new AbortController();
    const watching = Promise.all([
      this.#fleet.watch(stopping.signal),
      this.#field.nfsWriter.write(this.#fleet, stopping.signal),
    ]);
    let rounds = 0;
    const broken: string[] = [];
    try {
      broken.push(...(await this.#round('warm-up', [])));
      const before = await takeHostCensus(this.#field.scene.neargate.dataDir);
      while (broken.length === 0 && goesOn(rounds)) {
        rounds += 1;
        const draw = this.#draw.fork();
        const blows = this.#deck.deal(draw.between(leastBlows, mostBlows));
        broken.push(...(await this.#round(String(rounds), blows, { draw, before })));
      }
    } finally {
      stopping.abort();
      await watching;
    }
    if (broken.length > 0) await this.#tellBroken(rounds, broken);
    return {
      ...{ tasks: this.#fleet.answered, filesByNfs: this.#field.nfsWriter.committed, rounds, broken },
      blows: this.#counts,
    };
  }

  /** Resolves with the directory. */
  keepEvidence(): Promise<string> {
    return keepEvidence(this.#field, this.#fleet.tasks);
  }

  /** Resolves with what broke a law. */
  async #round(
    name: string,
    blows: readonly Blow[],
    { draw = this.#draw.fork(), before }: { draw?: Draw; before?: HostCensus } = {},
  ): Promise<string[]> {
    const { seed, tasksARound, tell } = this.#options;
    const begun = performance.now();
    tell(`round ${name}: ${blows.map((blow) => blow.name).join(', ') || 'nothing'}`);
    const { scene, fileSystem, accessPointId, ecrImage } = this.#field;
    const wanted = Array.from({ length: tasksARound }, (_, index) => ({
      kind: drawKind({ scene, fileSystem, accessPointId, ecrImage, draw }),
      token: `chaos-${seed}-${name}-${index}`,
      afterMs: draw.below(SPREAD_MS),
    }));
    const launching = launchAll(this.#fleet, wanted);
    // Looked at below; a blow that fails must not leave it without a listener.
    launching.catch(() => undefined);
    for (const blow of blows) await this.#strike(blow, draw.fork());
    await launching;
    const broken = await this.#settle(draw);
    broken.push(...(await this.#judge(before)));
    tell(
      `  ${((performance.now() - begun) / 1000).toFixed(1)} s, ${wanted.length} tasks, ` +
        `${this.#fleet.tasks.filter(({ harms }) => harms.size > 0).length} of them harmed; ` +
        `${this.#field.nfsWriter.committed} files by NFS so far; ${this.#sizes.words}`,
    );
    for (const line of this.#harmedEnds()) tell(`  ${line}`);
    if (broken.length === 0) this.#fleet.forget();
    return broken;
  }

  async #strike(blow: Blow, draw: Draw): Promise<void> {
    await delay(draw.below(SPREAD_MS));
    this.#options.tell(`  ${blow.name} …`);
    const words = await blow.strike({ field: this.#field, fleet: this.#fleet, draw });
    this.#counts.set(blow.sort, (this.#counts.get(blow.sort) ?? 0) + 1);
    this.#struck.push(`${blow.name} ${words}`);
    this.#options.tell(`  ${blow.name} ${words}`);
  }

  /** All tasks to their ends: those that do not end by themselves are stopped when they run. */
  async #settle(draw: Draw): Promise<string[]> {
    const fleet = this.#fleet;
    const isEndless = ({ kind }: FleetTask): boolean => kind.end === 'stopped';
    // Some are stopped on their way up.
    for (const task of fleet.alive.filter(isEndless)) {
      if (draw.percent(20)) await fleet.stop(task, 'chaos is early');
    }
    const orphans = fleet.alive.filter(({ harms, stopAsked }) => harms.has('shim') && !stopAsked);
    const areGone = (): boolean => orphans.every(({ seen }) => seen.desiredStatus === 'STOPPED');
    await fleet.until(areGone, SETTLED_MS);
    const living = orphans.filter(({ seen }) => seen.desiredStatus !== 'STOPPED');
    const runs = (task: FleetTask): boolean => task.seen.lastStatus === 'RUNNING' || task.stopAsked;
    await fleet.until(() => fleet.alive.filter(isEndless).every(runs), SETTLED_MS);
    const late = fleet.alive.filter(isEndless).filter((task) => !runs(task));
    const unserved = await this.#field.nfsWriter.isServed(fleet);
    for (const task of fleet.alive.filter(isEndless)) {
      if (!task.stopAsked) await fleet.stop(task, 'chaos ends');
    }
    await fleet.until(() => fleet.alive.length === 0, SETTLED_MS);
    return [
      ...unserved,
      ...living.map(({ arn }) => `${taskIdOf(arn)} lives on without its shim`),
      ...late.map(
        ({ arn, seen, kind }) => `${kind.name} ${taskIdOf(arn)} does not run, it is ${seen.lastStatus}`,
      ),
      ...fleet.alive.map(
        ({ arn, seen, kind }) => `${kind.name} ${taskIdOf(arn)} does not end, it is ${seen.lastStatus}`,
      ),
    ];
  }

  async #judge(before: HostCensus | undefined): Promise<string[]> {
    const fleet = this.#fleet;
    const broken: string[] = [];
    for (const task of fleet.tasks) {
      this.#answered.add(task.arn);
      if (task.seen.lastStatus === 'STOPPED') broken.push(...(await brokenLaws(task, this.#field)));
    }
    const unasked = (await fleet.listed()).filter((arn) => !this.#answered.has(arn));
    broken.push(...unasked.map((arn) => `nobody was told of task ${taskIdOf(arn)}`));
    broken.push(...(await this.#field.nfsWriter.lost()), ...(await this.#sizes.grown()));
    if (before !== undefined) {
      broken.push(...(await hostDifferences(this.#field.scene.neargate.dataDir, before)));
    }
    return [...broken, ...fleet.broken.splice(0)];
  }

  /** What became of those that were harmed, and how many of each. */
  #harmedEnds(): string[] {
    const ends = new Map<string, number>();
    for (const { harms, seen, kind } of this.#fleet.tasks) {
      if (harms.size === 0) continue;
      const reasons = (seen.containers ?? []).flatMap(({ reason }) => reason ?? []);
      const words = `${kind.name} (${[...harms].join(', ')}) → ${seen.stopCode}: ${[seen.stoppedReason, ...reasons].join(' | ')}`;
      ends.set(words, (ends.get(words) ?? 0) + 1);
    }
    return [...ends].map(([words, count]) => `${count} × ${words}`);
  }

  async #tellBroken(round: number, broken: readonly string[]): Promise<void> {
    const { seed, tell } = this.#options;
    const kept = await this.keepEvidence();
    tell(
      `BROKEN with seed ${seed} in round ${round}:\n  ${broken.join('\n  ')}\n` +
        `blows before, the last one last: ${this.#struck.slice(-BLOWS_TOLD).join('; ') || 'none'}\n` +
        `logs, tasks and their output: ${kept}`,
    );
  }
}

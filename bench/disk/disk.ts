/**
 * What a task's disk costs: how long it takes to come and to go, what it takes unused, and what passes to and from it
 * beside the data directory's own file system.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LoopTaskDisks } from '../../src/drivers/disk-loop/loop-task-disks.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { measureFio, PATTERNS, removeFioData } from './fio.ts';

export interface DiskOptions {
  /** Disks one after the other. */
  readonly count: number;
  /** A measurement's length. */
  readonly seconds: number;
  /** Where it is measured. */
  readonly directory: string;
  readonly encrypted: boolean;
}

interface Speed {
  readonly name: string;
  /** MiB a second. */
  readonly own: number;
  readonly task: number;
}

export interface DiskResult {
  readonly create: Figures;
  readonly remove: Figures;
  readonly unusedBytes: number;
  readonly speeds: readonly Speed[];
}

const MOST_MS = 15;
const LEAST_SHARE = 0.8;
const MIB = 2 ** 20;
const SIZE_GIB = 20;
/** Tasks do not come without a pause, in which the next file is made ready. */
const PAUSE_MS = 100;
const TURNS = 3;

export async function benchDisk(options: DiskOptions): Promise<DiskResult> {
  const dir = await mkdtemp(join(options.directory, 'neargate-bench-'));
  const disks = new LoopTaskDisks({ dir: join(dir, 'disks'), encrypted: options.encrypted });
  try {
    await disks.start();
    const result = {
      ...(await measureLife(disks, options.count)),
      speeds: await measureSpeeds(disks, dir, options.seconds),
    };
    console.log(report(result));
    return result;
  } finally {
    for (const taskId of await disks.list()) await disks.remove(taskId);
    await disks.close();
    await rm(dir, { recursive: true });
  }
}

async function measureLife(disks: LoopTaskDisks, count: number): Promise<Omit<DiskResult, 'speeds'>> {
  const create: number[] = [];
  const remove: number[] = [];
  let unusedBytes = 0;
  for (let round = 0; round < count; round += 1) {
    await pause(PAUSE_MS);
    const taskId = `bench-${round}`;
    create.push(await timed(() => disks.create({ taskId, sizeGiB: SIZE_GIB })));
    unusedBytes = Math.max(unusedBytes, (await disks.space()).takenBytes);
    remove.push(await timed(() => disks.remove(taskId)));
  }
  return { create: figuresOf(create), remove: figuresOf(remove), unusedBytes };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** The medians of a few turns: the machine may be busy with something else in one of them. */
async function measureSpeeds(disks: LoopTaskDisks, dir: string, seconds: number): Promise<Speed[]> {
  const { path } = await disks.create({ taskId: 'bench-speed', sizeGiB: SIZE_GIB });
  const own = join(dir, 'own');
  await mkdir(own);
  const speeds: Speed[] = [];
  for (const direct of [true, false]) {
    for (const pattern of PATTERNS) {
      const seen = { own: [] as number[], task: [] as number[] };
      for (let turn = 0; turn < TURNS; turn += 1) {
        seen.own.push(await measureFio({ directory: own, pattern, direct, seconds }));
        seen.task.push(await measureFio({ directory: path, pattern, direct, seconds }));
      }
      const name = `${pattern.name}, ${direct ? 'direct' : 'cached'}`;
      speeds.push({ name, own: figuresOf(seen.own).p50, task: figuresOf(seen.task).p50 });
    }
    await removeFioData(own);
    await removeFioData(path);
  }
  return speeds;
}

function report({ create, remove, unusedBytes, speeds }: DiskResult): string {
  const list: Mark[] = [
    { name: 'a disk made, p50', value: create.p50, limit: MOST_MS, unit: ' ms' },
    { name: 'an unused disk of 20 GiB', value: unusedBytes / MIB, limit: 1, unit: ' MiB' },
    ...speeds.map(({ name, own, task }) => ({
      ...{ name: `${name}, of the data directory's`, value: task / own },
      ...{ limit: LEAST_SHARE, atLeast: true, unit: '' },
    })),
  ];
  const row = (name: string, { least, p50, p95 }: Figures): string[] => [
    name,
    ...[least, p50, p95].map(number),
  ];
  return [
    `Disks of ${SIZE_GIB} GiB: ${create.count}, one after the other (ms)`,
    table(['', 'least', 'p50', 'p95'], [row('made', create), row('removed', remove)]),
    '',
    'Throughput of fio, by turns (MiB/s, median)',
    table(
      ['', 'data directory', 'task'],
      speeds.map(({ name, own, task }) => [name, number(own), number(task)]),
    ),
    '',
    marks(list),
  ].join('\n');
}

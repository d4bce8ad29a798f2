/**
 * What a task's disk costs: how long it takes to come and to go, what it takes unused, and what passes to and from it
 * beside the data directory's own file system.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LoopTaskDisks } from '../../src/drivers/disk-loop/loop-task-disks.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { measureSpeeds, type Speed } from './speeds.ts';

export interface DiskOptions {
  /** Disks one after the other. */
  readonly count: number;
  /** A measurement's length. */
  readonly seconds: number;
  /** Where it is measured. */
  readonly directory: string;
  readonly encrypted: boolean;
}

interface DiskSpeed extends Pick<Speed, 'name'> {
  /** MiB a second. */
  readonly own: number;
  readonly task: number;
  /** Of a task's disk in that of the data directory. */
  readonly share: Figures;
}

export interface DiskResult {
  readonly create: Figures;
  readonly remove: Figures;
  readonly unusedBytes: number;
  readonly speeds: readonly DiskSpeed[];
}

const MOST_MS = 15;
const LEAST_SHARE = 0.8;
const MIB = 2 ** 20;
const SIZE_GIB = 20;
/** Tasks do not come without a pause, in which the next file is made ready. */
const PAUSE_MS = 100;

export async function benchDisk(options: DiskOptions): Promise<DiskResult> {
  const dir = await mkdtemp(join(options.directory, 'neargate-bench-'));
  const disks = new LoopTaskDisks({ dir: join(dir, 'disks'), encrypted: options.encrypted });
  try {
    await disks.start();
    const result = {
      ...(await measureLife(disks, options.count)),
      speeds: await measureDisk(disks, dir, options.seconds),
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

async function measureDisk(disks: LoopTaskDisks, dir: string, seconds: number): Promise<DiskSpeed[]> {
  const { path } = await disks.create({ taskId: 'bench-speed', sizeGiB: SIZE_GIB });
  const own = join(dir, 'own');
  await mkdir(own);
  const speeds = await measureSpeeds([own, path], seconds);
  return speeds.map(({ name, values: [first = Number.NaN, second = Number.NaN], shares: [, share] }) => ({
    ...{ name, own: first, task: second, share: share ?? figuresOf([]) },
  }));
}

function report({ create, remove, unusedBytes, speeds }: DiskResult): string {
  const list: Mark[] = [
    { name: 'a disk made, p50', value: create.p50, limit: MOST_MS, unit: ' ms' },
    { name: 'an unused disk of 20 GiB', value: unusedBytes / MIB, limit: 1, unit: ' MiB' },
    ...speeds.map(({ name, share }) => ({
      ...{ name: `${name}, of the data directory's`, value: share.p50 },
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
    'Throughput of fio, by turns (MiB/s, medians), and the share of one in the other (median and range)',
    table(
      ['', 'data directory', 'task', 'share', 'least', 'most'],
      speeds.map(({ name, own, task, share }) => [
        name,
        ...[own, task, share.p50, share.least, share.most].map(number),
      ]),
    ),
    '',
    marks(list),
  ].join('\n');
}

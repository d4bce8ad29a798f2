/** Whether the thousandth task costs what the first one did: time to launch, memory, open files, files on disk. */
import { readdir } from 'node:fs/promises';
import { buildSampleImage, pushImage, SAMPLE_IMAGE_NAME } from '../../src/cli/sample-image/sample.ts';
import { footprint, processesOf } from '../../test/support/neargate/processes.ts';
import { startRegistry } from '../../test/support/registry/registry.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { NeargateSide } from '../launch/neargate-side.ts';

export interface EnduranceOptions {
  readonly count: number;
  readonly parallel: number;
}

/** What the instance has while no task runs. */
interface Weight {
  /** Of all tasks before. */
  readonly tasks: number;
  readonly residentMiB: Readonly<Record<Role, number>>;
  readonly descriptors: Readonly<Record<Role, number>>;
  /** Below the data directory. */
  readonly files: number;
  readonly processes: number;
}

export interface EnduranceResult {
  /** Milliseconds from RunTask to RUNNING, with as many at once. */
  readonly firstLaunches: Figures;
  readonly lastLaunches: Figures;
  readonly weights: readonly Weight[];
}

const ROLES = ['up', 'agent', 'containerd'] as const;
type Role = (typeof ROLES)[number];
const COMPARED = 100;

export async function benchEndurance({ count, parallel }: EnduranceOptions): Promise<EnduranceResult> {
  const registry = await startRegistry();
  try {
    const image = await buildSampleImage('/bin/busybox');
    const target = { registryUrl: registry.url, repository: SAMPLE_IMAGE_NAME, tag: 'latest' };
    await pushImage(image, target);
    const neargate = await NeargateSide.create(registry.host, `${SAMPLE_IMAGE_NAME}:latest`);
    try {
      const result = await measure(neargate, { count, parallel });
      console.log(report(result, { count, parallel }));
      return result;
    } finally {
      await neargate.close();
    }
  } finally {
    await registry.close();
  }
}

async function measure(side: NeargateSide, { count, parallel }: EnduranceOptions): Promise<EnduranceResult> {
  const weights = [await weigh(side, 0)];
  for (let left = count; left > 0; left -= parallel) {
    await side.remove(await side.startMany(Math.min(left, parallel)));
    weights.push(await weigh(side, count - Math.max(0, left - parallel)));
    tell(weights.at(-1) as Weight);
  }
  const launches = [...side.times.values()].map(({ called, seen }) => seen - called);
  return {
    firstLaunches: figuresOf(launches.slice(0, COMPARED)),
    lastLaunches: figuresOf(launches.slice(-COMPARED)),
    weights,
  };
}

async function weigh({ neargate: { dataDir } }: NeargateSide, tasks: number): Promise<Weight> {
  const processes = await processesOf(dataDir);
  const found = await Promise.all(
    ROLES.map(async (role) => footprint(processes.find((one) => one.role === role)?.pid ?? 0)),
  );
  const [up, agent, containerd] = found.map(({ residentKiB }) => residentKiB / 1024);
  const [upFiles, agentFiles, containerdFiles] = found.map(({ descriptors }) => descriptors);
  return {
    tasks,
    residentMiB: { up: up ?? 0, agent: agent ?? 0, containerd: containerd ?? 0 },
    descriptors: { up: upFiles ?? 0, agent: agentFiles ?? 0, containerd: containerdFiles ?? 0 },
    files: (await readdir(dataDir, { recursive: true })).length,
    processes: processes.length,
  };
}

function tell(weight: Weight): void {
  console.error(`${weight.tasks} tasks: ${cells(weight).slice(1).join(' ')}`);
}

function cells({ tasks, residentMiB, descriptors, files, processes }: Weight): string[] {
  const sizes = ROLES.flatMap((role) => [number(residentMiB[role]), String(descriptors[role])]);
  return [String(tasks), ...sizes, String(files), String(processes)];
}

function report(result: EnduranceResult, { count, parallel }: EnduranceOptions): string {
  const header = ['after tasks', ...ROLES.flatMap((role) => [`${role} MiB`, 'open']), 'files', 'processes'];
  const launches = ([name, { p50, p95 }]: [string, Figures]): string[] => [name, number(p50), number(p95)];
  return [
    `Endurance: ${count} tasks, ${parallel} at once`,
    table(header, result.weights.map(cells)),
    '',
    table(
      ['launches', 'p50 ms', 'p95 ms'],
      [
        launches([`first ${COMPARED}`, result.firstLaunches]),
        launches([`last ${COMPARED}`, result.lastLaunches]),
      ],
    ),
    '',
    marks(enduranceMarks(result)),
  ].join('\n');
}

/** The first batch makes what all share, so growth is counted from the second on. */
function enduranceMarks({ firstLaunches, lastLaunches, weights }: EnduranceResult): Mark[] {
  const [warm, end] = [weights[Math.min(2, weights.length - 1)], weights.at(-1)];
  const share = lastLaunches.p50 / firstLaunches.p50;
  const list: Mark[] = [{ name: 'last launches, times the first', value: share, limit: 1.2, unit: '' }];
  if (warm === undefined || end === undefined) return list;
  for (const role of ROLES) {
    const value = end.residentMiB[role] / warm.residentMiB[role];
    list.push({ name: `memory of ${role}, times that after the second batch`, value, limit: 1.5, unit: '' });
    const grown = end.descriptors[role] - warm.descriptors[role];
    list.push({ name: `more open files of ${role}`, value: grown, limit: 10, unit: '' });
  }
  return [...list, { name: 'more files', value: end.files - warm.files, limit: 20, unit: '' }];
}

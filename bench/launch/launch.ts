/** How long a task takes to run, one at a time and many at once, beside `ctr run -d` and `docker run -d`. */
import { buildSampleImage, pushImage, SAMPLE_IMAGE_NAME } from '../../src/cli/sample-image/sample.ts';
import { startRegistry, type TestRegistry } from '../../test/support/registry/registry.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { CtrSide } from './ctr-side.ts';
import { DockerSide } from './docker-side.ts';
import { NeargateSide } from './neargate-side.ts';
import type { LaunchSide } from './side.ts';
import { type StepFigures, stepFigures } from './steps.ts';

export interface LaunchOptions {
  readonly count: number;
  readonly parallel: number;
  readonly docker: boolean;
}

export interface SideFigures {
  readonly name: string;
  /** One after the other, milliseconds. */
  readonly oneByOne: Figures;
  /** All at once. */
  readonly atOnce: { readonly count: number; readonly seconds: number; readonly perSecond: number };
}

export interface LaunchResult {
  readonly sides: readonly SideFigures[];
  readonly steps: readonly StepFigures[];
  readonly readyAgainMs: number;
  readonly residentMiB: number;
  /** Sides that could not be measured, and why. */
  readonly missing: Readonly<Record<string, string>>;
}

const BUSYBOX = '/bin/busybox';

export async function benchLaunch(options: LaunchOptions): Promise<LaunchResult> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(resource: T): T => {
    opened.unshift(resource);
    return resource;
  };
  try {
    const registry = keep(await startRegistry());
    const image = await pushSample(registry);
    const missing: Record<string, string> = {};
    const ctr = keep(await CtrSide.create(image));
    const docker = options.docker ? await DockerSide.create(image, ctr.socket) : 'left out';
    if (typeof docker === 'string') missing['docker run -d'] = docker;
    else keep(docker);
    const neargate = keep(await NeargateSide.create(registry.host, `${SAMPLE_IMAGE_NAME}:latest`));
    const sides: LaunchSide[] = [neargate, ctr, ...(typeof docker === 'string' ? [] : [docker])];
    const result = { ...(await measure(sides, neargate, options)), missing };
    console.log(report(result, sides));
    return result;
  } finally {
    for (const resource of opened) await resource.close();
  }
}

async function pushSample(registry: TestRegistry): Promise<string> {
  const image = await buildSampleImage(BUSYBOX);
  await pushImage(image, { registryUrl: registry.url, repository: SAMPLE_IMAGE_NAME, tag: 'latest' });
  return `${registry.host}/${SAMPLE_IMAGE_NAME}:latest`;
}

async function measure(
  sides: readonly LaunchSide[],
  neargate: NeargateSide,
  options: LaunchOptions,
): Promise<Omit<LaunchResult, 'missing'>> {
  const residentMiB = await neargate.residentMiB();
  const times = new Map(sides.map((side) => [side, [] as number[]]));
  // By turns, so that whatever else the machine does falls on all alike.
  for (let round = 0; round < options.count; round += 1) {
    progress(`one by one: ${round + 1} of ${options.count}`);
    for (const side of sides) {
      const before = performance.now();
      const id = await side.start();
      times.get(side)?.push(performance.now() - before);
      await side.remove([id]);
    }
  }
  const steps = stepFigures(await neargate.agentLog(), neargate.times);
  const figures: SideFigures[] = [];
  for (const side of sides) {
    progress(`${options.parallel} at once: ${side.name}`);
    const before = performance.now();
    const ids = await side.startMany(options.parallel);
    const seconds = (performance.now() - before) / 1000;
    await side.remove(ids);
    const atOnce = { count: options.parallel, seconds, perSecond: options.parallel / seconds };
    figures.push({ name: side.name, oneByOne: figuresOf(times.get(side) ?? []), atOnce });
  }
  progress('starting again');
  const readyAgainMs = await neargate.restart();
  progress('');
  return { sides: figures, steps, readyAgainMs, residentMiB };
}

function report(result: LaunchResult, sides: readonly LaunchSide[]): string {
  const [own, ctr, docker] = result.sides as [SideFigures, SideFigures, SideFigures?];
  const rows = result.sides.map(({ name, oneByOne, atOnce }) => [
    name,
    ...[oneByOne.p50, oneByOne.p95, own.oneByOne.p50 / oneByOne.p50].map(number),
    ...[atOnce.seconds, atOnce.perSecond, own.atOnce.seconds / atOnce.seconds].map(number),
  ]);
  const many = `${own.atOnce.count} at once`;
  const header = ['', 'p50 ms', 'p95 ms', 'neargate is x', `${many}: s`, 'a second', 'neargate is x'];
  const steps = result.steps.map(({ step, begin, length }) => [
    step,
    ...[begin.p50, length.p50, length.p95].map(number),
  ]);
  return [
    `Launch: ${own.oneByOne.count} one after the other, then ${many}; the image is there`,
    table(header, rows),
    ...sides.map(({ name, what }) => `  ${name}: ${what}`),
    ...Object.entries(result.missing).map(([name, why]) => `  ${name}: not measured, ${why}`),
    '',
    'Where the time went (neargate, one after the other, ms)',
    table(['step', 'begins at', 'takes p50', 'takes p95'], steps),
    '',
    marks(launchMarks(result, own, ctr, docker)),
  ].join('\n');
}

function launchMarks(result: LaunchResult, own: SideFigures, ctr: SideFigures, docker?: SideFigures): Mark[] {
  const share = own.oneByOne.p50 / ctr.oneByOne.p50;
  const list: Mark[] = [{ name: 'launch p50, times ctr run -d', value: share, limit: 1.5, unit: '' }];
  if (docker !== undefined) {
    const { oneByOne, atOnce } = docker;
    list.push(
      { name: 'launch p50, times docker run -d', value: own.oneByOne.p50 / oneByOne.p50, limit: 1, unit: '' },
      {
        name: `${atOnce.count} at once, times docker`,
        value: own.atOnce.seconds / atOnce.seconds,
        limit: 1,
        unit: '',
      },
    );
  }
  return [
    ...list,
    {
      name: 'ready after a start that is not the first',
      value: result.readyAgainMs,
      limit: 2000,
      unit: ' ms',
    },
    { name: 'resident memory, idle', value: result.residentMiB, limit: 220, unit: ' MiB' },
  ];
}

/** One line that is written over, on a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

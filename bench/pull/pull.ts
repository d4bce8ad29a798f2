/** How long a pull takes, of images of several shapes, beside `ctr image pull` from the same registry; cold each time. */
import { pushImage } from '../../src/cli/sample-image/push.ts';
import { startRegistry, type TestRegistry } from '../../test/support/registry/registry.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { CtrPullSide } from './ctr-side.ts';
import { imagesToPull } from './images.ts';
import { NeargatePullSide } from './neargate-side.ts';
import type { PullSide } from './side.ts';

export interface PullOptions {
  /** Pulls of each image by each side. */
  readonly count: number;
}

export interface ImageFigures {
  readonly image: string;
  readonly layers: number;
  readonly megabytes: number;
  /** Milliseconds, by side. */
  readonly sides: Readonly<Record<string, Figures>>;
  /** Neargate's median over ctr's. */
  readonly ratio: number;
}

/** What `ctr` needs at most is what Neargate may need. */
const LIMIT = 1;

export async function benchPull(options: PullOptions): Promise<readonly ImageFigures[]> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(resource: T): T => {
    opened.unshift(resource);
    return resource;
  };
  try {
    const registry = keep(await startRegistry());
    const references = await pushImages(registry);
    const sides = [keep(await NeargatePullSide.create()), keep(await CtrPullSide.create())] as const;
    const figures: ImageFigures[] = [];
    for (const { reference, ...image } of references) {
      const times = await measure(sides, reference, options.count);
      const [own, ctr] = times.map(figuresOf) as [Figures, Figures];
      const bySide = { [sides[0].name]: own, [sides[1].name]: ctr };
      figures.push({ ...image, sides: bySide, ratio: own.p50 / ctr.p50 });
    }
    console.log(report(figures, sides));
    return figures;
  } finally {
    for (const resource of opened) await resource.close();
  }
}

async function pushImages(
  registry: TestRegistry,
): Promise<{ reference: string; image: string; layers: number; megabytes: number }[]> {
  const pushed = [];
  for (const { name, bytes, layers, image } of imagesToPull()) {
    const repository = name.replaceAll(' ', '-');
    await pushImage(image, { registryUrl: registry.url, repository, tag: 'latest' });
    const reference = `${registry.host}/${repository}:latest`;
    pushed.push({ reference, image: name, layers, megabytes: bytes / 1e6 });
  }
  return pushed;
}

/** By turns, so that whatever else the machine does falls on both alike; the first of each is for warming up. */
async function measure(sides: readonly PullSide[], reference: string, count: number): Promise<number[][]> {
  const times = sides.map((): number[] => []);
  for (let round = 0; round <= count; round += 1) {
    for (const [index, side] of sides.entries()) {
      const before = performance.now();
      await side.pull(reference);
      if (round > 0) times[index]?.push(performance.now() - before);
      await side.forget(reference);
    }
  }
  return times;
}

function report(figures: readonly ImageFigures[], sides: readonly PullSide[]): string {
  const names = sides.map(({ name }) => name);
  const rows = figures.map(({ image, layers, megabytes, sides: bySide, ratio }) => [
    image,
    String(layers),
    number(megabytes),
    ...names.flatMap((name) => [
      number(bySide[name]?.p50 ?? Number.NaN),
      number(bySide[name]?.most ?? Number.NaN),
    ]),
    number(ratio),
  ]);
  const header = [
    '',
    'layers',
    'MB',
    ...names.flatMap((name) => [`${name} p50 ms`, 'most']),
    'neargate is x',
  ];
  const list: Mark[] = figures.map(({ image, ratio }) => ({
    name: `${image}, times ctr image pull`,
    value: ratio,
    limit: LIMIT,
    unit: '',
  }));
  return [
    'Pull: nothing of the image is there; one registry on loopback (CNCF distribution)',
    table(header, rows),
    ...sides.map(({ name, what }) => `  ${name}: ${what}`),
    '',
    marks(list),
  ].join('\n');
}

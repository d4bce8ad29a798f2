/**
 * What several containers of a task cost beside one, and how soon a task has ended once its processes have: a chain of
 * five that start one after the other, beside `ctr run -d` five times and once.
 */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { Scene } from '../../test/support/neargate/scene.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { CtrSide } from '../launch/ctr-side.ts';
import { COMMAND } from '../launch/side.ts';

export interface ContainersOptions {
  readonly count: number;
}

export interface ContainersResult {
  /** From the call of RunTask to RUNNING in DescribeTasks, milliseconds. */
  readonly one: Figures;
  readonly chain: Figures;
  readonly ctrOnce: Figures;
  readonly ctrFiveTimes: Figures;
  /** From the last exit, as the agent saw it, to STOPPED in DescribeTasks. */
  readonly stopped: Figures;
}

const CHAIN = 5;

export async function benchContainers({ count }: ContainersOptions): Promise<ContainersResult> {
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100']);
  try {
    const ctr = await CtrSide.create(`${scene.registry.host}/neargate-sample:latest`);
    try {
      const result = await measure(scene, ctr, count);
      console.log(report(result));
      return result;
    } finally {
      await ctr.close();
    }
  } finally {
    await scene.close();
  }
}

async function measure(scene: Scene, ctr: CtrSide, count: number): Promise<ContainersResult> {
  const one = await scene.register(chainOf(scene, 1));
  const chain = await scene.register(chainOf(scene, CHAIN));
  const times = { one: [], chain: [], ctrOnce: [], ctrFiveTimes: [], stopped: [] } as Record<
    keyof ContainersResult,
    number[]
  >;
  // The image is to be there when the measuring begins.
  await launch(scene, one);
  // By turns, so that whatever else the machine does falls on all alike.
  for (let round = 0; round < count; round += 1) {
    for (const [name, definition] of [
      ['one', one],
      ['chain', chain],
    ] as const) {
      const { launchMs, stopMs } = await launch(scene, definition);
      times[name].push(launchMs);
      times.stopped.push(stopMs);
    }
    times.ctrOnce.push(await runByCtr(ctr, 1));
    times.ctrFiveTimes.push(await runByCtr(ctr, CHAIN));
  }
  return {
    one: figuresOf(times.one),
    chain: figuresOf(times.chain),
    ctrOnce: figuresOf(times.ctrOnce),
    ctrFiveTimes: figuresOf(times.ctrFiveTimes),
    stopped: figuresOf(times.stopped),
  };
}

/** Each one starts after the one before. */
function chainOf(scene: Scene, length: number): ContainerDefinition[] {
  return Array.from({ length }, (_, index) =>
    scene.container(`c${index}`, {
      command: [...COMMAND],
      stopTimeout: 5,
      ...(index > 0 && { dependsOn: [{ containerName: `c${index - 1}`, condition: 'START' }] }),
    }),
  );
}

async function launch(scene: Scene, definition: string): Promise<{ launchMs: number; stopMs: number }> {
  const before = performance.now();
  const arn = await scene.run(definition);
  await scene.until(arn, 'RUNNING');
  const launchMs = performance.now() - before;
  await scene.stop(arn);
  const { executionStoppedAt } = await scene.until(arn, 'STOPPED');
  return { launchMs, stopMs: Date.now() - (executionStoppedAt?.getTime() ?? 0) };
}

async function runByCtr(ctr: CtrSide, times: number): Promise<number> {
  const ids: string[] = [];
  const before = performance.now();
  for (let index = 0; index < times; index += 1) ids.push(await ctr.start());
  const ms = performance.now() - before;
  await ctr.remove(ids);
  return ms;
}

function report({ one, chain, ctrOnce, ctrFiveTimes, stopped }: ContainersResult): string {
  const row = (name: string, figures: Figures): string[] => [
    name,
    ...[figures.p50, figures.p95, figures.most].map(number),
  ];
  const list: Mark[] = [
    {
      name: `${CHAIN} containers in a chain, times one container`,
      value: chain.p50 / one.p50,
      limit: CHAIN,
      unit: '',
    },
    { name: 'from the last exit to STOPPED, p95', value: stopped.p95, limit: 300, unit: ' ms' },
  ];
  return [
    `Containers of a task: ${one.count} of each, by turns; the image is there (ms)`,
    table(
      ['', 'p50', 'p95', 'most'],
      [
        row('one container to RUNNING', one),
        row(`${CHAIN} in a chain of START to RUNNING`, chain),
        row('ctr run -d', ctrOnce),
        row(`ctr run -d, ${CHAIN} times`, ctrFiveTimes),
        row('from the last exit to STOPPED', stopped),
      ],
    ),
    `  ctr: ${number(ctrFiveTimes.p50 / ctrOnce.p50)} times one`,
    '',
    marks(list),
  ].join('\n');
}

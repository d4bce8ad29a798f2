/**
 * What a task that floods does to the others: how soon another task's metadata endpoint answers and how long launches take
 * while one floods its metadata endpoint, the resolver, connection tracking or its log, beside quiet times before and after.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nthAddress } from '../../src/domain/network/cidr.ts';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { taskIdOf } from '../../test/support/neargate/arn.ts';
import { VPC_CIDR } from '../../test/support/neargate/instance.ts';
import { Scene } from '../../test/support/neargate/scene.ts';
import { figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { COMMAND } from '../launch/side.ts';
import { type Asked, askSteadily } from '../metadata/requests.ts';
import type { FloodJob } from './flooder.ts';

export interface FloodsOptions {
  readonly seconds: number;
  readonly launches: number;
}

interface Measured {
  /** Milliseconds of the other task's `/task/stats`. */
  readonly metadataP99: number;
  /** Milliseconds from RunTask to RUNNING. */
  readonly launchP50: number;
}

export interface FloodFigures extends Measured {
  readonly flood: string;
  /** Before and after it. */
  readonly quiet: Measured;
}

const FLOODS = ['metadata', 'dns', 'flows', 'logs'] as const;
const FLOODER = fileURLToPath(new URL('./flooder.js', import.meta.url));
const REQUESTS_A_SECOND = 20;
const MOST_TIMES = 2;
const SETTLE_MS = 2_000;
const LOG_FLOOD = [
  'sh',
  '-c',
  'trap "exit 0" TERM; yes "a line of a flood, which is as long as lines are" & wait',
];

export async function benchFloods(options: FloodsOptions): Promise<readonly FloodFigures[]> {
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100']);
  try {
    const definition = await scene.register([scene.container('main', { command: [...COMMAND] })]);
    const other = await askedTask(scene, definition);
    const figures: FloodFigures[] = [];
    // The first launch of all is another one.
    await measure(scene, definition, other, { ...options, launches: 1 });
    let before = await measure(scene, definition, other, options);
    for (const flood of FLOODS) {
      const measured = await during(scene, definition, flood, other, () =>
        measure(scene, definition, other, options),
      );
      const after = await measure(scene, definition, other, options);
      const quiet = {
        metadataP99: (before.metadataP99 + after.metadataP99) / 2,
        launchP50: (before.launchP50 + after.launchP50) / 2,
      };
      figures.push({ flood, quiet, ...measured });
      before = after;
    }
    console.log(report(figures));
    return figures;
  } finally {
    await scene.close();
  }
}

interface OtherTask extends Asked {
  readonly address: string;
}

async function askedTask(scene: Scene, definition: string): Promise<OtherTask> {
  const arn = await scene.run(definition);
  const task = await scene.until(arn, 'RUNNING');
  const [container] = task.containers ?? [];
  const address = container?.networkInterfaces?.[0]?.privateIpv4Address ?? '';
  return { taskId: taskIdOf(arn), containerId: container?.runtimeId ?? '', address };
}

async function measure(
  scene: Scene,
  definition: string,
  other: Asked,
  { seconds, launches }: FloodsOptions,
): Promise<Measured> {
  const pace = { requests: REQUESTS_A_SECOND, seconds };
  const metadata = figuresOf(await askSteadily(scene.neargate.dataDir, [other], pace));
  const times: number[] = [];
  for (let launch = 0; launch < launches; launch += 1) {
    const begin = performance.now();
    const arn = await scene.run(definition);
    await scene.until(arn, 'RUNNING');
    times.push(performance.now() - begin);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  }
  return { metadataP99: metadata.p99, launchP50: figuresOf(times).p50 };
}

async function during(
  scene: Scene,
  quietDefinition: string,
  flood: (typeof FLOODS)[number],
  other: OtherTask,
  work: () => Promise<Measured>,
): Promise<Measured> {
  const definition =
    flood === 'logs'
      ? await scene.register([scene.container('main', { command: LOG_FLOOD })])
      : quietDefinition;
  const arn = await scene.run(definition);
  await scene.until(arn, 'RUNNING');
  const names = new Names(scene.neargate.dataDir);
  const flooder =
    flood === 'logs'
      ? undefined
      : await startFlooder({
          ...{ kind: flood, neighbour: other.address, resolver: nthAddress(VPC_CIDR, 2) },
          namespace: names.taskNamespace(taskIdOf(arn)),
        });
  try {
    await delay(SETTLE_MS);
    return await work();
  } finally {
    if (flooder !== undefined) {
      const gone = once(flooder, 'exit');
      flooder.kill('SIGKILL');
      await gone;
    }
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  }
}

async function startFlooder(job: FloodJob): Promise<ChildProcess> {
  const child = fork(FLOODER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(job);
  await once(child, 'message');
  return child;
}

function report(figures: readonly FloodFigures[]): string {
  const rows = figures.map(({ flood, quiet, metadataP99, launchP50 }) => [
    flood,
    ...[quiet.metadataP99, metadataP99, quiet.launchP50, launchP50].map(number),
  ]);
  const wanted = figures.flatMap(({ flood, quiet, metadataP99, launchP50 }): Mark[] => [
    {
      ...{ name: `metadata p99 of another task while one floods: ${flood}`, unit: ' x', limit: MOST_TIMES },
      value: metadataP99 / quiet.metadataP99,
    },
    {
      ...{ name: `launch p50 while one floods: ${flood}`, unit: ' x', limit: MOST_TIMES },
      value: launchP50 / quiet.launchP50,
    },
  ]);
  return [
    table(['milliseconds', 'metadata p99 quiet', 'flooded', 'launch p50 quiet', 'flooded'], rows),
    '',
    marks(wanted),
  ].join('\n');
}

/**
 * What a task that floods does to the others: how soon other tasks' metadata endpoints answer and how long launches take while
 * one floods its metadata endpoint, the resolver, connection tracking or its log. Quiet phases and flooded ones take turns, and
 * figures are medians of several of each, so that what else the machine does is in both. A third sort of phase tells how much of
 * it is the processor that the task has in any case: it computes, and floods nothing.
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
import { cpuMs } from '../processor-time.ts';
import type { FloodJob } from './flooder.ts';

export interface FloodsOptions {
  /** Quiet and flooded phases of each flood. */
  readonly rounds: number;
  /** How long the others ask in a phase. */
  readonly seconds: number;
  /** In a phase. */
  readonly launches: number;
  /** Default: all of them. */
  readonly only?: string | undefined;
}

interface Measured {
  /** Milliseconds of the others' `/task/stats`: the median of the phases. */
  readonly metadataP99: number;
  /** Milliseconds from RunTask to RUNNING. */
  readonly launchP50: number;
  /** Of one processor, while the others ask: the agent's share. */
  readonly agentShare: number;
}

export interface FloodFigures extends Measured {
  readonly flood: string;
  readonly quiet: Measured;
  readonly computing: Measured;
  /** Of the 99th percentiles of each round. */
  readonly ratios: readonly number[];
}

interface Phase {
  readonly metadataP99: number;
  readonly launches: readonly number[];
  readonly agentShare: number;
}

interface Setting {
  readonly scene: Scene;
  readonly definition: string;
  readonly others: readonly OtherTask[];
  readonly agent: number;
  readonly options: FloodsOptions;
}

interface OtherTask extends Asked {
  readonly address: string;
}

const FLOODS = ['metadata', 'dns', 'flows', 'logs'] as const;
const PROGRAM = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));
const PHASES = ['quiet', 'computing', 'flooded'] as const;
const OTHERS = 4;
const REQUESTS_A_SECOND = 20 * OTHERS;
const MOST_TIMES = 2;
const SETTLE_MS = 1_000;
/** After a flood what it has left is worked off first: until the agent has so little to do, or for so long. */
const AT_REST = { share: 0.1, looks: 30 };

export async function benchFloods(options: FloodsOptions): Promise<readonly FloodFigures[]> {
  const nameServer = fork(PROGRAM('name-server'));
  const [port] = (await once(nameServer, 'message')) as [number];
  const servers = ['--name-servers', `127.0.0.1:${port}`];
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100', ...servers]);
  try {
    const definition = await scene.register([scene.container('main', { command: [...COMMAND] })]);
    const others: OtherTask[] = [];
    // The first launch of all is another one than those that are measured.
    for (let count = 0; count < OTHERS; count += 1) others.push(await askedTask(scene, definition));
    const setting = { scene, definition, others, options, agent: await scene.neargate.agentPid() };
    const figures: FloodFigures[] = [];
    for (const flood of FLOODS) {
      if (options.only === undefined || options.only === flood) figures.push(await suffer(setting, flood));
    }
    console.log(report(figures));
    return figures;
  } finally {
    nameServer.kill('SIGKILL');
    await scene.close();
  }
}

async function askedTask(scene: Scene, definition: string): Promise<OtherTask> {
  const arn = await scene.run(definition);
  const task = await scene.until(arn, 'RUNNING');
  const [container] = task.containers ?? [];
  const address = container?.networkInterfaces?.[0]?.privateIpv4Address ?? '';
  return { taskId: taskIdOf(arn), containerId: container?.runtimeId ?? '', address };
}

async function suffer(setting: Setting, flood: FloodJob['kind']): Promise<FloodFigures> {
  const { scene, definition, others, options } = setting;
  const arn = await scene.run(definition);
  await scene.until(arn, 'RUNNING');
  const job = {
    ...{ neighbour: others[0]?.address ?? '', resolver: nthAddress(VPC_CIDR, 2) },
    namespace: new Names(scene.neargate.dataDir).taskNamespace(taskIdOf(arn)),
  };
  const processes = {
    flooded: await startFlooder({ ...job, kind: flood }),
    computing: await startFlooder({ ...job, kind: 'compute' }),
  };
  try {
    const phases = { quiet: [] as Phase[], computing: [] as Phase[], flooded: [] as Phase[] };
    const pass = async (name: keyof typeof phases): Promise<void> => {
      for (const each of ['flooded', 'computing'] as const) {
        processes[each].kill(each === name ? 'SIGCONT' : 'SIGSTOP');
      }
      await delay(SETTLE_MS);
      if (name !== 'flooded') await untilRested(setting.agent);
      phases[name].push(await measure(setting));
    };
    for (let round = 0; round < options.rounds; round += 1) {
      // Each comes first as often: what grows or shrinks with time is in all of them.
      for (const name of round % 2 === 0 ? PHASES : PHASES.toReversed()) await pass(name);
    }
    const ratios = phases.flooded.map((each, round) => {
      return each.metadataP99 / (phases.quiet[round]?.metadataP99 ?? Number.NaN);
    });
    const [quiet, computing] = [medians(phases.quiet), medians(phases.computing)];
    return { flood, quiet, computing, ...medians(phases.flooded), ratios };
  } finally {
    for (const each of Object.values(processes)) {
      const gone = once(each, 'exit');
      each.kill('SIGKILL');
      await gone;
    }
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  }
}

async function measure({ scene, definition, others, agent, options }: Setting): Promise<Phase> {
  const pace = { requests: REQUESTS_A_SECOND, seconds: options.seconds };
  const begin = { at: performance.now(), cpu: await cpuMs(agent) };
  const metadata = figuresOf(await askSteadily(scene.neargate.dataDir, others, pace));
  const agentShare = ((await cpuMs(agent)) - begin.cpu) / (performance.now() - begin.at);
  const launches: number[] = [];
  for (let launch = 0; launch < options.launches; launch += 1) {
    const start = performance.now();
    const arn = await scene.run(definition);
    await scene.until(arn, 'RUNNING');
    launches.push(performance.now() - start);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  }
  return { metadataP99: metadata.p99, launches, agentShare };
}

function medians(phases: readonly Phase[]): Measured {
  return {
    metadataP99: figuresOf(phases.map(({ metadataP99 }) => metadataP99)).p50,
    launchP50: figuresOf(phases.flatMap(({ launches }) => launches)).p50,
    agentShare: figuresOf(phases.map(({ agentShare }) => agentShare)).p50,
  };
}

async function untilRested(agent: number): Promise<void> {
  for (let look = 0; look < AT_REST.looks; look += 1) {
    const before = await cpuMs(agent);
    await delay(SETTLE_MS);
    if (((await cpuMs(agent)) - before) / SETTLE_MS < AT_REST.share) return;
  }
}

async function startFlooder(job: FloodJob): Promise<ChildProcess> {
  const child = fork(PROGRAM('flooder'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(job);
  await once(child, 'message');
  return child;
}

function report(figures: readonly FloodFigures[]): string {
  const percent = (share: number): string => `${number(share * 100)} %`;
  const rows = figures.map(({ flood, quiet, computing, metadataP99, launchP50, agentShare, ratios }) => [
    flood,
    ...[quiet.metadataP99, computing.metadataP99, metadataP99].map(number),
    ratios.map(number).join(' '),
    ...[quiet.launchP50, computing.launchP50, launchP50].map(number),
    ...[quiet.agentShare, agentShare].map(percent),
  ]);
  const wanted = figures.flatMap(({ flood, quiet, metadataP99, launchP50 }): Mark[] => [
    {
      ...{ name: `metadata p99 of other tasks while one floods: ${flood}`, unit: ' x', limit: MOST_TIMES },
      value: metadataP99 / quiet.metadataP99,
    },
    {
      ...{ name: `launch p50 while one floods: ${flood}`, unit: ' x', limit: MOST_TIMES },
      value: launchP50 / quiet.launchP50,
    },
  ]);
  return [
    table(
      [
        ...['milliseconds', 'metadata p99 quiet', 'computing', 'flooded', 'x by round'],
        ...['launch p50 quiet', 'computing', 'flooded', 'agent quiet', 'flooded'],
      ],
      rows,
    ),
    '',
    marks(wanted),
  ].join('\n');
}

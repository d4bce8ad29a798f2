/** How soon the metadata endpoint answers while many ask, and what it costs to read the statistics of containers. */
import { setTimeout } from 'node:timers/promises';
import { Scene } from '../../test/support/neargate/scene.ts';
import { LinuxTaskCgroups } from '../../src/drivers/cgroups-linux/linux-task-cgroups.ts';
import { systemCpu } from '../../src/drivers/system/system-cpu.ts';
import { Names, TASK_INTERFACE } from '../../src/drivers/network-linux/names.ts';
import { TaskSockets } from '../../src/drivers/network-linux/task-sockets.ts';
import { Namespaces } from '../../src/linux/namespace.ts';
import { findLink } from '../../src/linux/netlink/links.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { COMMAND } from '../launch/side.ts';
import { cpuMs } from '../processor-time.ts';
import { type Asked, askSteadily } from './requests.ts';

export interface MetadataOptions {
  readonly tasks: number;
  readonly seconds: number;
}

export interface MetadataResult {
  /** Milliseconds until an answer with the statistics of a task. */
  readonly stats: Figures;
  /** Processor time of the whole agent for one request, milliseconds. */
  readonly requestMs: number;
  /** Processor time of one container's sample, milliseconds. */
  readonly sampleMs: number;
  /** The same of the whole agent while nobody asks, with all else that it does. */
  readonly restMs: number;
}

const REQUESTS_A_SECOND = 1000;
/** A path may be asked for 40 times a second; each container has its own. */
const CONTAINERS_A_TASK = 2;
const ROUNDS = 50;
/** Two samples of each container, whenever it begins. */
const REST_MS = 20_000;
const SAMPLES_AT_REST = 2;

export async function benchMetadata({ tasks, seconds }: MetadataOptions): Promise<MetadataResult> {
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100']);
  try {
    const asked = await launch(scene, tasks);
    const { dataDir } = scene.neargate;
    await askSteadily(dataDir, asked, { requests: REQUESTS_A_SECOND / 10, seconds: 2 });
    const agent = await scene.neargate.agentPid();
    const atRest = await cpuOf(agent, () => setTimeout(REST_MS));
    const times: number[] = [];
    const asking = await cpuOf(agent, async () => {
      times.push(...(await askSteadily(dataDir, asked, { requests: REQUESTS_A_SECOND, seconds })));
    });
    const result = {
      stats: figuresOf(times),
      requestMs: asking / times.length,
      sampleMs: await costOfSamples(dataDir, asked),
      restMs: atRest / (SAMPLES_AT_REST * asked.length),
    };
    console.log(report(result, tasks));
    return result;
  } finally {
    await scene.close();
  }
}

/** What a process uses meanwhile, milliseconds. */
async function cpuOf(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = await cpuMs(pid);
  await work();
  return (await cpuMs(pid)) - before;
}

async function launch(scene: Scene, tasks: number): Promise<Asked[]> {
  const definition = await scene.register(
    Array.from({ length: CONTAINERS_A_TASK }, (_, index) =>
      scene.container(`c${index}`, { command: [...COMMAND] }),
    ),
  );
  const asked: Asked[] = [];
  for (let count = 0; count < tasks; count += 1) {
    const arn = await scene.run(definition);
    const task = await scene.until(arn, 'RUNNING');
    const taskId = arn.slice(arn.lastIndexOf('/') + 1);
    for (const { runtimeId = '' } of task.containers ?? []) asked.push({ taskId, containerId: runtimeId });
  }
  return asked;
}

/** What a sample reads, as the agent reads it: each container's cgroup, once a task its interface, and the machine. */
async function costOfSamples(dataDir: string, asked: readonly Asked[]): Promise<number> {
  const cgroups = new LinuxTaskCgroups({ instance: dataDir });
  const namespaces = new Namespaces();
  const sockets = new TaskSockets(new Names(dataDir), namespaces);
  try {
    const taskIds = [...new Set(asked.map(({ taskId }) => taskId))];
    const round = async (): Promise<void> => {
      for (const { taskId, containerId } of asked) await cgroups.figures(taskId, containerId);
      for (const taskId of taskIds) findLink(sockets.of(taskId), TASK_INTERFACE);
      await systemCpu();
    };
    await round();
    const before = process.cpuUsage();
    for (let count = 0; count < ROUNDS; count += 1) await round();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / (ROUNDS * asked.length);
  } finally {
    sockets.closeAll();
    namespaces.close();
  }
}

function report({ stats, requestMs, sampleMs, restMs }: MetadataResult, tasks: number): string {
  const wanted: Mark[] = [
    { name: 'p99 of task/stats', value: stats.p99, limit: 5, unit: ' ms' },
    { name: "processor time of a container's sample", value: sampleMs, limit: 0.2, unit: ' ms' },
  ];
  return [
    `${tasks} tasks of ${CONTAINERS_A_TASK} containers, ${REQUESTS_A_SECOND} requests a second\n`,
    table(
      ['milliseconds', 'p50', 'p95', 'p99', 'most'],
      [['task/stats', ...[stats.p50, stats.p95, stats.p99, stats.most].map(number)]],
    ),
    '',
    `processor time of the agent: ${number(requestMs)} ms a request; ${number(restMs)} ms a sample while nobody asks`,
    '',
    marks(wanted),
  ].join('\n');
}

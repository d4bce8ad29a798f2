/** How soon the metadata endpoint answers while many ask, and what it costs to read the statistics of containers. */
import { Scene } from '../../test/support/neargate/scene.ts';
import { LinuxTaskCgroups } from '../../src/drivers/cgroups-linux/linux-task-cgroups.ts';
import { systemCpu } from '../../src/drivers/system/system-cpu.ts';
import { Names, TASK_INTERFACE } from '../../src/drivers/network-linux/names.ts';
import { Namespaces } from '../../src/linux/namespace.ts';
import { findLink } from '../../src/linux/netlink/links.ts';
import { RouteSocket } from '../../src/linux/netlink/route-socket.ts';
import { type Figures, figuresOf, type Mark, marks, number, table } from '../figures.ts';
import { COMMAND } from '../launch/side.ts';
import { type Asked, askSteadily } from './requests.ts';

export interface MetadataOptions {
  readonly tasks: number;
  readonly seconds: number;
}

export interface MetadataResult {
  /** Milliseconds until an answer with the statistics of a task. */
  readonly stats: Figures;
  /** Processor time of one container's sample, milliseconds. */
  readonly sampleMs: number;
}

const REQUESTS_A_SECOND = 1000;
/** A path may be asked for 40 times a second; each container has its own. */
const CONTAINERS_A_TASK = 2;
const ROUNDS = 50;

export async function benchMetadata({ tasks, seconds }: MetadataOptions): Promise<MetadataResult> {
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100']);
  try {
    const asked = await launch(scene, tasks);
    const { dataDir } = scene.neargate;
    await askSteadily(dataDir, asked, { requests: REQUESTS_A_SECOND / 10, seconds: 2 });
    const times = await askSteadily(dataDir, asked, { requests: REQUESTS_A_SECOND, seconds });
    const result = { stats: figuresOf(times), sampleMs: await costOfSamples(dataDir, asked) };
    console.log(report(result, tasks));
    return result;
  } finally {
    await scene.close();
  }
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

/** What a sample reads, as the agent reads it: each container's cgroup, and once a task its interface and the machine. */
async function costOfSamples(dataDir: string, asked: readonly Asked[]): Promise<number> {
  const cgroups = new LinuxTaskCgroups({ instance: dataDir });
  const names = new Names(dataDir);
  const namespaces = new Namespaces();
  try {
    const taskIds = [...new Set(asked.map(({ taskId }) => taskId))];
    const round = async (): Promise<void> => {
      for (const { taskId, containerId } of asked) await cgroups.figures(taskId, containerId);
      for (const taskId of taskIds) {
        const socket = namespaces.insideNamed(names.taskNamespace(taskId), () => new RouteSocket());
        findLink(socket, TASK_INTERFACE);
        socket.close();
        await systemCpu();
      }
    };
    await round();
    const before = process.cpuUsage();
    for (let count = 0; count < ROUNDS; count += 1) await round();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / (ROUNDS * asked.length);
  } finally {
    namespaces.close();
  }
}

function report({ stats, sampleMs }: MetadataResult, tasks: number): string {
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
    marks(wanted),
  ].join('\n');
}

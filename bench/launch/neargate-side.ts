/** Tasks of an instance of its own: from the call of RunTask to RUNNING as DescribeTasks shows it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateCluster$,
  DescribeTasks$,
  type DescribeTasksResponse,
  RegisterTaskDefinition$,
  RunTask$,
  type RunTaskResponse,
  StopTask$,
  type Task,
} from '@aws-sdk/client-ecs';
import { type Api, openApi } from '../../src/cli/api-client.ts';
import { Neargate } from '../../test/support/neargate/instance.ts';
import { COMMAND, type LaunchSide } from './side.ts';

/** By which tasks name the registry, so that they ask it through their own interface. */
const REGISTRY_NAME = 'registry.bench:5000';
const FAMILY = 'bench';
const MOST_A_CALL = 10;
/** Asking oftener than this takes the processor from what is measured. */
const POLL_MS = 5;
const PATIENCE_MS = 120_000;

/** When a task's launch was asked for, answered, and seen to be done; epoch milliseconds. */
export interface LaunchTimes {
  readonly called: number;
  readonly answered: number;
  readonly seen: number;
}

export class NeargateSide implements LaunchSide {
  readonly name = 'neargate';
  readonly what = 'from the call of RunTask to RUNNING in DescribeTasks; own interface, address, disk';
  readonly neargate: Neargate;
  /** By task id. */
  readonly times = new Map<string, LaunchTimes>();
  readonly #apis: readonly Api[];

  private constructor(neargate: Neargate) {
    this.neargate = neargate;
    this.#apis = Array.from({ length: 5 }, () => openApi(neargate.info));
  }

  /** `registry` is a registry on loopback that has the image `repository`. */
  static async create(registry: string, repository: string): Promise<NeargateSide> {
    const neargate = await Neargate.start({
      flags: [
        ...['--registries', `${REGISTRY_NAME}=${registry}`, '--log-format', 'json'],
        ...['--cpu-overcommit', '100', '--memory-overcommit', '100'],
      ],
    });
    const side = new NeargateSide(neargate);
    try {
      const { ecs } = side.#api(0);
      await ecs.call(CreateCluster$, { clusterName: 'default' });
      await ecs.call(RegisterTaskDefinition$, {
        family: FAMILY,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        containerDefinitions: [
          { name: 'main', image: `${REGISTRY_NAME}/${repository}`, command: [...COMMAND], stopTimeout: 5 },
        ],
      });
      // The image is to be there when the measuring begins.
      await side.remove([await side.start()]);
      side.times.clear();
      return side;
    } catch (error) {
      await side.close();
      throw error;
    }
  }

  async start(): Promise<string> {
    const [id] = await this.#run(1, 0);
    return id as string;
  }

  async startMany(count: number): Promise<string[]> {
    const calls: number[] = [];
    for (let left = count; left > 0; left -= MOST_A_CALL) calls.push(Math.min(left, MOST_A_CALL));
    return (await Promise.all(calls.map((each, index) => this.#run(each, index)))).flat();
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((task, index) => this.#api(index).ecs.call(StopTask$, { task })));
    await this.#until(ids, 'STOPPED', 0);
  }

  /** `up` once more: how long until it is ready. */
  async restart(): Promise<number> {
    await this.neargate.stop();
    const before = performance.now();
    await this.neargate.startAgain();
    return performance.now() - before;
  }

  /** Resident memory of the control plane and the agent, MiB. */
  async residentMiB(): Promise<number> {
    const pids = [this.neargate.pid, await this.neargate.agentPid()];
    const sizes = await Promise.all(pids.map(residentKiB));
    return sizes.reduce((sum, size) => sum + size, 0) / 1024;
  }

  agentLog(): Promise<string> {
    return readFile(join(this.neargate.dataDir, 'log', 'agent.log'), 'utf8');
  }

  async close(): Promise<void> {
    for (const api of this.#apis) api.close();
    await this.neargate.close();
  }

  async #run(count: number, lane: number): Promise<string[]> {
    const [subnet] = this.neargate.info.defaultVpc.subnets;
    const called = Date.now();
    const { tasks = [], failures = [] } = await this.#api(lane).ecs.call<object, RunTaskResponse>(RunTask$, {
      taskDefinition: FAMILY,
      launchType: 'FARGATE',
      count,
      networkConfiguration: {
        awsvpcConfiguration: { subnets: [subnet?.subnetId ?? ''], assignPublicIp: 'ENABLED' },
      },
    });
    const answered = Date.now();
    if (tasks.length !== count) throw new Error(`RunTask: ${JSON.stringify(failures)}`);
    const ids = tasks.map(idOf);
    await this.#until(ids, 'RUNNING', lane, (id) =>
      this.times.set(id, { called, answered, seen: Date.now() }),
    );
    return ids;
  }

  /** Asks again and again until all have the status; tells each one as it is seen. */
  async #until(
    ids: readonly string[],
    status: string,
    lane: number,
    seen?: (id: string) => void,
  ): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    let waiting: readonly string[] = ids;
    while (waiting.length > 0) {
      const { tasks = [] } = await this.#api(lane).ecs.call<object, DescribeTasksResponse>(DescribeTasks$, {
        tasks: waiting.slice(0, 100),
      });
      const done = new Set(tasks.filter((task) => task.lastStatus === status).map(idOf));
      for (const id of done) seen?.(id);
      waiting = waiting.filter((id) => !done.has(id));
      const dead = tasks.find((task) => task.lastStatus === 'STOPPED' && status !== 'STOPPED');
      if (dead !== undefined) throw new Error(`a task stopped: ${dead.stoppedReason}`);
      if (performance.now() > deadline) throw new Error(`${waiting.length} tasks are not ${status}`);
      if (waiting.length > 0) await delay(POLL_MS);
    }
  }

  #api(lane: number): Api {
    return this.#apis[lane % this.#apis.length] as Api;
  }
}

function idOf(task: Task): string {
  const arn = task.taskArn ?? '';
  return arn.slice(arn.lastIndexOf('/') + 1);
}

async function residentKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

/** Requests a second of the ECS API, and how long they take: signed, verified, over connections that are kept. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  CreateCluster$,
  DescribeTasks$,
  type DescribeTasksResponse,
  RegisterTaskDefinition$,
  RunTask$,
  type RunTaskResponse,
} from '@aws-sdk/client-ecs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, openApi } from '../../src/cli/api-client.ts';
import { buildSampleImage } from '../../src/cli/sample-image/sample.ts';
import { FakeRegistry } from '../../test/support/registry/fake-registry.ts';
import { Neargate } from '../../test/support/neargate/instance.ts';
import { type Figures, figuresOf, marks, number, table } from '../figures.ts';
import type { LoadJob, LoadResult } from './load.ts';

export interface ApiOptions {
  readonly connections: number;
  readonly seconds: number;
}

export interface OperationFigures {
  readonly operation: string;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly latency: Figures;
  readonly failures: Readonly<Record<string, number>>;
}

export interface ApiResult {
  readonly connections: number;
  readonly operations: readonly OperationFigures[];
}

const LOAD = fileURLToPath(new URL('./load.js', import.meta.url));
const WARM_UP_MS = 1500;
const TASKS = 20;
const BUSYBOX = '/bin/busybox';
const FAMILY = 'bench';

function definition(image: string, family = FAMILY): object {
  return {
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'main', image, command: ['sleep', '3600'] }],
  };
}

export async function benchApi(options: ApiOptions): Promise<ApiResult> {
  const flags = ['--fake', '--cpu-overcommit', '100', '--memory-overcommit', '100', '--log-level', 'warn'];
  const registry = await FakeRegistry.start();
  const image = registry.add(await buildSampleImage(BUSYBOX));
  const neargate = await Neargate.start({ flags }).catch(async (error: unknown) => {
    await registry.close();
    throw error;
  });
  const api = openApi(neargate.info);
  try {
    const task = await prepare(api, neargate, definition(image));
    const operations: OperationFigures[] = [];
    for (const [operation, body] of [
      ['ListTasks', { cluster: 'default' }],
      ['DescribeTasks', { cluster: 'default', tasks: [task] }],
      // A family each: revisions of one family are made one after the other.
      ['RegisterTaskDefinition', definition(image, `${FAMILY}-{lane}`)],
    ] as const) {
      operations.push(await measure(neargate, operation, body, options));
    }
    const result = { connections: options.connections, operations };
    console.log(report(result));
    return result;
  } finally {
    api.close();
    await neargate.close();
    await registry.close();
  }
}

/** A cluster with tasks that run; resolves with the ARN of one. */
async function prepare({ ecs }: Api, neargate: Neargate, taskDefinition: object): Promise<string> {
  await ecs.call(CreateCluster$, { clusterName: 'default' });
  await ecs.call(RegisterTaskDefinition$, taskDefinition);
  const [subnet] = neargate.info.defaultVpc.subnets;
  const arns: string[] = [];
  while (arns.length < TASKS) {
    const { tasks = [], failures = [] } = await ecs.call<object, RunTaskResponse>(RunTask$, {
      taskDefinition: FAMILY,
      launchType: 'FARGATE',
      count: 10,
      networkConfiguration: {
        awsvpcConfiguration: { subnets: [subnet?.subnetId ?? ''], assignPublicIp: 'ENABLED' },
      },
    });
    if (tasks.length === 0) throw new Error(`RunTask: ${JSON.stringify(failures)}`);
    arns.push(...tasks.map((task) => task.taskArn ?? ''));
  }
  for (;;) {
    const { tasks = [] } = await ecs.call<object, DescribeTasksResponse>(DescribeTasks$, { tasks: arns });
    if (tasks.every((task) => task.lastStatus === 'RUNNING')) return arns[0] as string;
    const stopped = tasks.find((task) => task.lastStatus === 'STOPPED');
    if (stopped !== undefined) throw new Error(`a task stopped: ${stopped.stoppedReason}`);
    await delay(20);
  }
}

async function measure(
  neargate: Neargate,
  operation: string,
  body: object,
  options: ApiOptions,
): Promise<OperationFigures> {
  const { endpoint, region, accessKeyId, secretAccessKey } = neargate.info;
  const { hostname, port } = new URL(endpoint);
  const result = await generate({
    ...{ host: hostname, port: Number(port), region, accessKeyId, secretAccessKey },
    target: `AmazonEC2ContainerServiceV20141113.${operation}`,
    body: JSON.stringify(body),
    connections: options.connections,
    warmUpMs: WARM_UP_MS,
    measureMs: options.seconds * 1000,
  });
  return {
    operation,
    perSecond: result.latencies.length / result.seconds,
    latency: figuresOf(result.latencies),
    failures: result.failures,
  };
}

async function generate(job: LoadJob): Promise<LoadResult> {
  const child = fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const exited = once(child, 'exit').then(() => {
      throw new Error('the load generator ended early');
    });
    exited.catch(() => undefined);
    child.send(job);
    const [result] = (await Promise.race([once(child, 'message'), exited])) as [LoadResult];
    return result;
  } finally {
    child.kill();
  }
}

function report({ connections, operations }: ApiResult): string {
  const rows = operations.map(({ operation, perSecond, latency, failures }) => [
    operation,
    ...[perSecond, latency.p50, latency.p99].map(number),
    Object.entries(failures)
      .map(([status, count]) => `${count} x ${status}`)
      .join(', ') || 'none',
  ]);
  const describe = operations.find(({ operation }) => operation === 'DescribeTasks');
  return [
    `API: ${connections} connections, signatures made and verified, ${TASKS} tasks running`,
    table(['', 'a second', 'p50 ms', 'p99 ms', 'failures'], rows),
    '',
    marks([
      {
        name: 'DescribeTasks',
        value: describe?.perSecond ?? 0,
        limit: 4000,
        atLeast: true,
        unit: ' a second',
      },
    ]),
  ].join('\n');
}

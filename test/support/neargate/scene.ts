/** What most tests with real tasks need: an instance, a registry with the sample image, a cluster, a log group. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateLogGroupCommand,
  GetLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  type ContainerDefinition,
  CreateClusterCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { buildSampleImage, pushImage } from '../../../src/cli/sample-image/sample.ts';
import { startRegistry, type TestRegistry } from '../registry/registry.ts';
import { Neargate, type NeargateOptions } from './instance.ts';
import { patient, unhurried } from '../../../src/ports/testing/patience.ts';

/** How the tasks of a scene name the registry; its traffic goes through the task's own interface. */
export const REGISTRY_NAME = 'registry.test:5000';
const LOG_GROUP = '/test';
const PATIENCE_MS = patient(60_000);
const POLL_MS = unhurried(30);

export interface SceneOptions extends Omit<NeargateOptions, 'flags'> {
  /** Resolves with the `host:port` by which tasks reach the registry. */
  readonly registryAt?: (registry: TestRegistry) => Promise<string>;
}

export class Scene {
  readonly neargate: Neargate;
  readonly registry: TestRegistry;
  readonly image: string;
  #families = 0;

  private constructor(neargate: Neargate, registry: TestRegistry) {
    this.neargate = neargate;
    this.registry = registry;
    this.image = `${REGISTRY_NAME}/neargate-sample:latest`;
  }

  /** `registryAt` stands before the registry for all tasks. */
  static async start(
    flags: readonly string[] = [],
    { registryAt, ...options }: SceneOptions = {},
  ): Promise<Scene> {
    const registry = await startRegistry();
    try {
      const image = await buildSampleImage('/bin/busybox');
      await pushImage(image, { registryUrl: registry.url, repository: 'neargate-sample', tag: 'latest' });
      const host = (await registryAt?.(registry)) ?? registry.host;
      const neargate = await Neargate.start({
        flags: ['--registries', `${REGISTRY_NAME}=${host}`, ...flags],
        ...options,
      });
      const scene = new Scene(neargate, registry);
      await neargate.ecs.send(new CreateClusterCommand({ clusterName: 'default' }));
      await neargate.logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP }));
      return scene;
    } catch (error) {
      await registry.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.neargate.close();
    } finally {
      await this.registry.close();
    }
  }

  /** Pushes the sample image with more on top to the scene's registry; resolves with its reference. */
  async push(repository: string, more: Parameters<typeof buildSampleImage>[1]): Promise<string> {
    const image = await buildSampleImage('/bin/busybox', more);
    await pushImage(image, { registryUrl: this.registry.url, repository, tag: 'latest' });
    return `${REGISTRY_NAME}/${repository}:latest`;
  }

  /** Registers a definition of .25 vCPU and 512 MiB; returns its ARN. */
  async register(
    containers: ContainerDefinition[],
    over: Partial<RegisterTaskDefinitionCommandInput> = {},
  ): Promise<string> {
    this.#families += 1;
    const { taskDefinition } = await this.neargate.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: `test-${this.#families}`,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        executionRoleArn: `arn:aws:iam::${this.neargate.info.account}:role/execution`,
        containerDefinitions: containers,
        ...over,
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? assert.fail('no ARN');
  }

  /** A container of the sample image that logs to the scene's group. */
  container(name: string, over: Partial<ContainerDefinition> = {}): ContainerDefinition {
    return {
      name,
      image: this.image,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': LOG_GROUP,
          'awslogs-region': this.neargate.info.region,
          'awslogs-stream-prefix': 'it',
        },
      },
      ...over,
    };
  }

  async run(taskDefinition: string, over: Partial<RunTaskCommandInput> = {}): Promise<string> {
    const [subnet] = this.neargate.info.defaultVpc.subnets;
    const { tasks = [], failures = [] } = await this.neargate.ecs.send(
      new RunTaskCommand({
        taskDefinition,
        launchType: 'FARGATE',
        networkConfiguration: {
          awsvpcConfiguration: { subnets: [subnet?.subnetId ?? ''], assignPublicIp: 'ENABLED' },
        },
        ...over,
      }),
    );
    assert.deepEqual(failures, []);
    return tasks[0]?.taskArn ?? assert.fail('RunTask gave no task');
  }

  async describe(taskArn: string): Promise<Task> {
    const { tasks = [] } = await this.neargate.ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
    return tasks[0] ?? assert.fail(`no task ${taskArn}`);
  }

  async stop(taskArn: string, reason?: string): Promise<void> {
    await this.neargate.ecs.send(
      new StopTaskCommand({ task: taskArn, ...(reason === undefined ? {} : { reason }) }),
    );
  }

  /** Resolves with the task in that status; fails when it has stopped instead. */
  until(taskArn: string, status: string, patienceMs = PATIENCE_MS): Promise<Task> {
    return this.untilTask(taskArn, ({ lastStatus }) => lastStatus === status, status, patienceMs);
  }

  /** Resolves with the task once it is as wanted; fails when it has stopped and is not. */
  async untilTask(
    taskArn: string,
    isWanted: (task: Task) => boolean,
    words = 'as wanted',
    patienceMs = PATIENCE_MS,
  ): Promise<Task> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const task = await this.describe(taskArn);
      if (isWanted(task)) return task;
      if (task.lastStatus === 'STOPPED' || performance.now() > deadline) {
        assert.fail(
          `${taskArn} is ${task.lastStatus}, not ${words}: ${task.stoppedReason ?? ''} ` +
            `${JSON.stringify(task.containers?.map(({ name, reason }) => ({ name, reason })))}\n` +
            (await this.neargate.agentLog()).slice(-3000),
        );
      }
      await delay(POLL_MS);
    }
  }

  /** What a container wrote, as CloudWatch Logs has it. */
  async output(taskArn: string, container: string): Promise<string[]> {
    const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
    try {
      const { events = [] } = await this.neargate.logs.send(
        new GetLogEventsCommand({
          logGroupName: LOG_GROUP,
          logStreamName: `it/${container}/${taskId}`,
          startFromHead: true,
        }),
      );
      return events.map(({ message = '' }) => message);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  }

  /** Resolves with the output once a line of it matches. */
  outputWith(taskArn: string, container: string, pattern: RegExp): Promise<string[]> {
    return this.untilOutput(
      taskArn,
      container,
      (lines) => lines.some((line) => pattern.test(line)),
      String(pattern),
    );
  }

  /** Resolves with the output once it is as wanted. */
  async untilOutput(
    taskArn: string,
    container: string,
    isWanted: (lines: readonly string[]) => boolean,
    words = 'such output',
  ): Promise<string[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const lines = await this.output(taskArn, container);
      if (isWanted(lines)) return lines;
      if (performance.now() > deadline) assert.fail(`no ${words} in ${JSON.stringify(lines)}`);
      await delay(POLL_MS);
    }
  }

  /** What the runtime knows of a container's labels. */
  async labels(runtimeId: string): Promise<Record<string, string>> {
    const socket = join(this.neargate.dataDir, 'containerd', 'c.sock');
    const args = ['-a', socket, '-n', 'neargate', 'containers', 'info', runtimeId];
    const { stdout } = await promisify(execFile)('ctr', args);
    return (JSON.parse(stdout) as { Labels: Record<string, string> }).Labels;
  }

  /** The private address that DescribeTasks shows. */
  static address(task: Task): string {
    const details = task.attachments?.[0]?.details ?? [];
    return details.find(({ name }) => name === 'privateIPv4Address')?.value ?? assert.fail('no address');
  }
}

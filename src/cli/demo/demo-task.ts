/** The demo's task over the AWS SDK: what any program would do with AWS, only the endpoint differs. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  GetLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { pause } from '../api-client.ts';
import { CommandError } from '../command.ts';
import type { ReadyInfo } from '../ready-info.ts';
import { SAMPLE_PORT } from '../sample-image/sample.ts';
import { shortName } from '../tasks.ts';

const CLUSTER = 'demo';
const FAMILY = 'demo';
const LOG_GROUP = '/neargate/demo';
const STREAM_PREFIX = 'demo';
const POLL_MS = 20;
const STATE_MS = 120_000;
const ABANDON_MS = 10_000;

export const WEB = 'web';
export const CLIENT = 'client';

/** The client also shows what a task sees of itself: its disk and its interface. */
const CLIENT_COMMAND = ['sh', '-c', 'fetch-and-exit && df -h / && ip link show eth1'];

export class DemoTask {
  readonly #ecs: ECSClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #info: ReadyInfo;
  readonly #signal: AbortSignal;
  #arn = '';

  constructor(info: ReadyInfo, signal: AbortSignal) {
    const { endpoint, region, accessKeyId, secretAccessKey } = info;
    const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
    this.#ecs = new ECSClient(options);
    this.#logs = new CloudWatchLogsClient(options);
    this.#info = info;
    this.#signal = signal;
  }

  get id(): string {
    return shortName(this.#arn);
  }

  /** Makes the cluster, the log group and the task definition; resolves with their ARNs. */
  async prepare(image: string): Promise<string[]> {
    const abortSignal = this.#signal;
    const { cluster } = await this.#ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }), {
      abortSignal,
    });
    await this.#logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP }), { abortSignal });
    const { taskDefinition } = await this.#ecs.send(definition(image, this.#info), { abortSignal });
    return [cluster?.clusterArn ?? '', LOG_GROUP, taskDefinition?.taskDefinitionArn ?? ''];
  }

  /** Resolves with the task as RunTask answers it. */
  async run(): Promise<Task> {
    const { subnets, securityGroupId } = this.#info.defaultVpc;
    const awsvpcConfiguration = {
      subnets: subnets.slice(0, 1).map(({ subnetId }) => subnetId),
      securityGroups: [securityGroupId],
      assignPublicIp: 'ENABLED' as const,
    };
    const { tasks, failures } = await this.#ecs.send(
      new RunTaskCommand({
        cluster: CLUSTER,
        taskDefinition: FAMILY,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration },
      }),
      { abortSignal: this.#signal },
    );
    const [task] = tasks ?? [];
    if (task?.taskArn === undefined)
      throw new CommandError(`RunTask started no task: ${JSON.stringify(failures)}`);
    this.#arn = task.taskArn;
    return task;
  }

  async describe(): Promise<Task> {
    const { tasks } = await this.#ecs.send(
      new DescribeTasksCommand({ cluster: CLUSTER, tasks: [this.#arn] }),
      { abortSignal: this.#signal },
    );
    const [task] = tasks ?? [];
    if (task === undefined) throw new CommandError('DescribeTasks does not know the task.');
    return task;
  }

  async stop(): Promise<void> {
    await this.#ecs.send(
      new StopTaskCommand({ cluster: CLUSTER, task: this.#arn, reason: 'The demo is over' }),
      {
        abortSignal: this.#signal,
      },
    );
  }

  /** Looks until `reached`; `see` gets every look. A task that stops before is a failure with its reason. */
  async until(reached: (task: Task) => boolean, see: (task: Task) => void): Promise<Task> {
    const deadline = performance.now() + STATE_MS;
    for (;;) {
      const task = await this.describe();
      see(task);
      if (reached(task)) return task;
      if (task.lastStatus === 'STOPPED') {
        throw new CommandError(
          `The task has stopped: ${task.stopCode}: ${task.stoppedReason}${containerReasons(task)}`,
        );
      }
      if (performance.now() > deadline) throw new CommandError(`The task is still ${task.lastStatus}.`);
      await pause(POLL_MS, this.#signal);
      this.#signal.throwIfAborted();
    }
  }

  /** What CloudWatch Logs has of a container by now. */
  async logLines(container: string): Promise<string[]> {
    try {
      const { events } = await this.#logs.send(
        new GetLogEventsCommand({
          logGroupName: LOG_GROUP,
          logStreamName: `${STREAM_PREFIX}/${container}/${this.id}`,
          startFromHead: true,
        }),
        { abortSignal: this.#signal },
      );
      return (events ?? []).map(({ message = '' }) => message);
    } catch (error) {
      // Its first line is not there yet.
      if (error instanceof ResourceNotFoundException) return [];
      throw error;
    }
  }

  /** After a failure or Ctrl-C: stops it if it runs, so that the end of the demo finds nothing to wait for. */
  async abandon(): Promise<void> {
    if (this.#arn === '') return;
    const options = { abortSignal: AbortSignal.timeout(ABANDON_MS) };
    const which = { cluster: CLUSTER, task: this.#arn };
    try {
      await this.#ecs.send(new StopTaskCommand(which), options);
      await waitUntilTasksStopped(
        { client: this.#ecs, maxWaitTime: ABANDON_MS / 1000, minDelay: 1, maxDelay: 1, ...options },
        { cluster: CLUSTER, tasks: [this.#arn] },
      );
    } catch {
      // Then the clean-up that follows ends it.
    }
  }

  close(): void {
    this.#ecs.destroy();
    this.#logs.destroy();
  }
}

function definition(image: string, { region, account }: ReadyInfo): RegisterTaskDefinitionCommand {
  const logConfiguration = {
    logDriver: 'awslogs' as const,
    options: { 'awslogs-group': LOG_GROUP, 'awslogs-region': region, 'awslogs-stream-prefix': STREAM_PREFIX },
  };
  return new RegisterTaskDefinitionCommand({
    family: FAMILY,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
    containerDefinitions: [
      { name: WEB, image, essential: true, portMappings: [{ containerPort: SAMPLE_PORT }], logConfiguration },
      {
        name: CLIENT,
        image,
        essential: false,
        command: CLIENT_COMMAND,
        dependsOn: [{ containerName: WEB, condition: 'START' }],
        logConfiguration,
      },
    ],
  });
}

function containerReasons({ containers = [] }: Task): string {
  return containers
    .filter(({ reason }) => reason !== undefined)
    .map(({ name, reason }) => `\n  ${name}: ${reason}`)
    .join('');
}

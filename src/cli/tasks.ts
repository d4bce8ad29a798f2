/** Tasks as commands see them: found through the API, in every cluster. */
import type { ApiClient } from './api-client.ts';
import { CommandError } from './command.ts';

/** The members of ECS's Task that commands show. Times are epoch seconds. */
export interface TaskView {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly createdAt?: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  readonly stoppedReason?: string;
  readonly containers?: readonly ContainerView[];
}

export interface ContainerView {
  readonly name: string;
  readonly lastStatus: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly networkInterfaces?: readonly { readonly privateIpv4Address?: string }[];
}

/** DescribeTasks takes so many at once. */
const DESCRIBE_MOST = 100;

/** All tasks that the API still shows, the oldest first. */
export async function listTasks(client: ApiClient, signal?: AbortSignal): Promise<TaskView[]> {
  const clusters = await client.list<{ clusterArns?: string[]; nextToken?: string }>(
    'ecs',
    'ListClusters',
    {},
    signal,
  );
  const arns = clusters.flatMap((page) => page.clusterArns ?? []);
  const tasks = (await Promise.all(arns.map((cluster) => listClusterTasks(client, cluster, signal)))).flat();
  return tasks.sort((one, other) => (one.createdAt ?? 0) - (other.createdAt ?? 0));
}

export async function listClusterTasks(
  client: ApiClient,
  cluster: string,
  signal?: AbortSignal,
): Promise<TaskView[]> {
  const pages = await Promise.all(
    ['RUNNING', 'STOPPED'].map((desiredStatus) =>
      client.list<{ taskArns?: string[]; nextToken?: string }>(
        'ecs',
        'ListTasks',
        { cluster, desiredStatus },
        signal,
      ),
    ),
  );
  const arns = [...new Set(pages.flat().flatMap((page) => page.taskArns ?? []))];
  const batches = Array.from({ length: Math.ceil(arns.length / DESCRIBE_MOST) }, (_, batch) =>
    arns.slice(batch * DESCRIBE_MOST, (batch + 1) * DESCRIBE_MOST),
  );
  const answers = await Promise.all(
    batches.map((tasks) =>
      client.call<{ tasks?: TaskView[] }>('ecs', 'DescribeTasks', { cluster, tasks }, signal),
    ),
  );
  return answers.flatMap((answer) => answer.tasks ?? []);
}

/** The one task whose ARN this is, or whose id begins so. */
export function findTask(tasks: readonly TaskView[], text: string): TaskView {
  const found = tasks.filter(({ taskArn }) => taskArn === text || shortName(taskArn).startsWith(text));
  const [task] = found;
  if (task === undefined)
    throw new CommandError(`There is no task ${text}. 'neargate ps --all' lists what there is.`);
  if (found.length > 1) throw new CommandError(`Several tasks begin with ${text}: give more of the id.`);
  return task;
}

/** What stands after the last slash of an ARN: a task's id, `family:revision`, a cluster's name. */
export function shortName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

export function taskAddress(task: TaskView): string | undefined {
  return task.containers?.flatMap(({ networkInterfaces }) => networkInterfaces ?? [])[0]?.privateIpv4Address;
}

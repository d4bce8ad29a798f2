/** Tasks as commands see them: found through the API, in every cluster. */
import {
  DescribeTasks$,
  type DescribeTasksRequest,
  type DescribeTasksResponse,
  ListClusters$,
  type ListClustersRequest,
  type ListClustersResponse,
  ListTasks$,
  type ListTasksRequest,
  type ListTasksResponse,
  type Task,
} from '@aws-sdk/client-ecs';
import { type Api, allPages } from './api-client.ts';
import { CommandError } from './command.ts';

/** DescribeTasks takes so many at once. */
const DESCRIBE_MOST = 100;

/** All tasks that the API still shows, the oldest first. */
export async function listTasks(api: Api, signal?: AbortSignal): Promise<Task[]> {
  const clusters = await allPages((nextToken) =>
    api.ecs.call<ListClustersRequest, ListClustersResponse>(ListClusters$, { nextToken }, signal),
  );
  const arns = clusters.flatMap((page) => page.clusterArns ?? []);
  const tasks = (await Promise.all(arns.map((cluster) => listClusterTasks(api, cluster, signal)))).flat();
  return tasks.sort((one, other) => (one.createdAt?.getTime() ?? 0) - (other.createdAt?.getTime() ?? 0));
}

export async function listClusterTasks(api: Api, cluster: string, signal?: AbortSignal): Promise<Task[]> {
  const pages = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) =>
      allPages((nextToken) =>
        api.ecs.call<ListTasksRequest, ListTasksResponse>(
          ListTasks$,
          { cluster, desiredStatus, nextToken },
          signal,
        ),
      ),
    ),
  );
  const arns = [...new Set(pages.flat().flatMap((page) => page.taskArns ?? []))];
  const batches = Array.from({ length: Math.ceil(arns.length / DESCRIBE_MOST) }, (_, batch) =>
    arns.slice(batch * DESCRIBE_MOST, (batch + 1) * DESCRIBE_MOST),
  );
  const answers = await Promise.all(
    batches.map((tasks) =>
      api.ecs.call<DescribeTasksRequest, DescribeTasksResponse>(DescribeTasks$, { cluster, tasks }, signal),
    ),
  );
  return answers.flatMap((answer) => answer.tasks ?? []);
}

/** The one task whose ARN this is, or whose id begins so. */
export function findTask(tasks: readonly Task[], text: string): Task {
  const found = tasks.filter(({ taskArn = '' }) => taskArn === text || shortName(taskArn).startsWith(text));
  const [task] = found;
  if (task === undefined) {
    throw new CommandError(`There is no task ${text}. 'neargate ps --all' lists what there is.`);
  }
  if (found.length > 1) throw new CommandError(`Several tasks begin with ${text}: give more of the id.`);
  return task;
}

/** What stands after the last slash of an ARN: a task's id, `family:revision`, a cluster's name. */
export function shortName(arn = ''): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The private address of its interface, once it has one. */
export function taskAddress(task: Task): string | undefined {
  return task.containers?.flatMap(({ networkInterfaces }) => networkInterfaces ?? [])[0]?.privateIpv4Address;
}

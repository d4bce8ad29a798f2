/** Amazon ECS as the platform asks it for a task: by a way of its own, with credentials of one of the task's roles. */
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type {
  ProtectedTask,
  ProtectionAnswer,
  WantedProtection,
} from '../../domain/metadata/task-protection.ts';
import {
  GetTaskProtection$,
  type GetTaskProtectionResponse,
  ListTagsForResource$,
  type ListTagsForResourceResponse,
  UpdateTaskProtection$,
} from '../../wire/aws-json/ecs-operations.ts';
import type { JsonClient } from '../../wire/aws-json/client.ts';
import { openServiceClient, type ServiceAccess } from './service-client.ts';

/** The caller of the metadata endpoint waits for five seconds. */
const TIMEOUT_MS = 4_000;

export type OwnTask = Pick<TaskAssignment, 'taskArn' | 'clusterArn' | 'region'>;

/** Each may throw ApiError (the service's answer) or AppError (no answer, no credentials). */
export interface EcsClient {
  tags(task: OwnTask, credentials: () => Promise<TaskCredentials>): Promise<Record<string, string>>;
  protection(task: OwnTask, credentials: () => Promise<TaskCredentials>): Promise<ProtectionAnswer>;
  protect(
    task: OwnTask,
    credentials: () => Promise<TaskCredentials>,
    wanted: WantedProtection,
  ): Promise<ProtectionAnswer>;
}

export function createEcsClient(access: ServiceAccess): EcsClient {
  const asking = async <T>(
    { region }: OwnTask,
    credentials: () => Promise<TaskCredentials>,
    ask: (client: JsonClient) => Promise<T>,
  ): Promise<T> => {
    const client = openServiceClient(access, {
      hostPrefix: 'ecs',
      signingName: 'ecs',
      targetPrefix: 'AmazonEC2ContainerServiceV20141113',
      region,
      credentials,
      dialer: undefined,
      timeoutMs: TIMEOUT_MS,
    });
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  };
  return {
    tags: (task, credentials) =>
      asking(task, credentials, async (client) => {
        const input = { resourceArn: task.taskArn };
        const { tags = [] } = await client.call<typeof input, ListTagsForResourceResponse>(
          ListTagsForResource$,
          input,
        );
        return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
      }),
    protection: (task, credentials) =>
      asking(task, credentials, async (client) =>
        protectionAnswer(await client.call(GetTaskProtection$, named(task))),
      ),
    protect: (task, credentials, wanted) =>
      asking(task, credentials, async (client) =>
        protectionAnswer(await client.call(UpdateTaskProtection$, { ...named(task), ...wanted })),
      ),
  };
}

function named({ clusterArn: cluster, taskArn }: OwnTask): { cluster: string; tasks: string[] } {
  return { cluster, tasks: [taskArn] };
}

function protectionAnswer({
  protectedTasks = [],
  failures = [],
}: GetTaskProtectionResponse): ProtectionAnswer {
  return {
    tasks: protectedTasks.map(
      ({ taskArn, protectionEnabled, expirationDate }): ProtectedTask => ({
        ...{ taskArn, protectionEnabled },
        ...(expirationDate !== undefined && { expiresAt: expirationDate.getTime() }),
      }),
    ),
    failures,
  };
}

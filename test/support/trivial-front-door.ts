/** A front door before given operations, with one known key, for tests of everything in front of the services. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { CreateLogGroup$, type CreateLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateCluster$,
  type CreateClusterRequest,
  type CreateClusterResponse,
  DeleteCluster$,
  type DeleteClusterRequest,
  DescribeTasks$,
  type DescribeTasksRequest,
  type DescribeTasksResponse,
} from '@aws-sdk/client-ecs';
import { ApiError, AppError } from '../../src/domain/errors.ts';
import {
  createFrontDoor,
  type FrontDoor,
  type FrontDoorOptions,
} from '../../src/wire/front-door/front-door.ts';
import { operation, type RequestContext, type ServiceDefinition } from '../../src/wire/service.ts';
import { createCredentialSource } from '../../src/wire/sigv4/credentials.ts';
import { SessionTokens } from '../../src/wire/sigv4/session-token.ts';

export const TEST_KEY = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const TEST_ACCOUNT = '000000000000';
export const TEST_SESSIONS = new SessionTokens(Buffer.alloc(32, 1));

export interface TrivialFrontDoor {
  readonly door: FrontDoor;
  readonly port: number;
  readonly endpoint: string;
  /** What was logged as an error. */
  readonly errors: readonly Readonly<Record<string, unknown>>[];
}

/** Listens on a free port of loopback; the caller closes `door`. */
export async function openFrontDoor(
  services: readonly ServiceDefinition[],
  options: Partial<FrontDoorOptions> = {},
): Promise<TrivialFrontDoor> {
  const errors: Readonly<Record<string, unknown>>[] = [];
  const door = createFrontDoor({
    services,
    credentials: createCredentialSource([{ ...TEST_KEY, account: TEST_ACCOUNT }], TEST_SESSIONS),
    open: false,
    defaultAccount: TEST_ACCOUNT,
    defaultRegion: 'us-east-1',
    clock: { now: () => Date.now() },
    ids: { uuid: () => randomUUID() },
    logger: { debug: () => undefined, error: (_message, fields) => errors.push(fields ?? {}) },
    allowedHosts: [],
    ...options,
  });
  const { port } = await door.listen('127.0.0.1', 0);
  return { door, port, endpoint: `http://127.0.0.1:${port}`, errors };
}

export const SAMPLE_TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113';

/** What the sample operations saw. */
export interface SampleCalls {
  readonly contexts: RequestContext[];
  /** Called when DeleteCluster has begun to wait. */
  readonly waiting: (() => void)[];
}

/** DescribeTasks echoes, CreateCluster fails in many ways, DeleteCluster waits until its caller is gone. */
export function sampleServices(seen: SampleCalls): readonly ServiceDefinition[] {
  const ecs: ServiceDefinition = {
    name: 'ecs',
    targetPrefix: SAMPLE_TARGET_PREFIX,
    protocol: 'aws-json',
    jsonVersion: '1.1',
    operations: [
      operation(
        DescribeTasks$,
        async (input: DescribeTasksRequest, context): Promise<DescribeTasksResponse> => {
          seen.contexts.push(context);
          const tasks = input.tasks ?? [];
          return {
            tasks: tasks.map((taskArn) => ({ taskArn, createdAt: new Date(1_700_000_000_123) })),
            failures: [],
          };
        },
      ),
      operation(CreateCluster$, async (input: CreateClusterRequest): Promise<CreateClusterResponse> => {
        if (input.clusterName === 'conflict') {
          throw new ApiError('ConflictException', 'Taken.', { resourceIds: ['a'] });
        }
        if (input.clusterName === 'denied') throw new ApiError('AccessDeniedException', 'No.');
        throw new Error('the secret inside');
      }),
      operation(DeleteCluster$, async (_input: DeleteClusterRequest, { signal }) => {
        const ended = once(signal, 'abort');
        for (const notify of seen.waiting) notify();
        await ended;
        throw new AppError('aborted', 'ended');
      }),
    ],
  };
  const logs: ServiceDefinition = {
    name: 'logs',
    targetPrefix: 'Logs_20140328',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    operations: [operation(CreateLogGroup$, async (_input: CreateLogGroupRequest) => undefined)],
  };
  return [ecs, logs];
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  CreateCluster$,
  DescribeTasks$,
  type DescribeTasksRequest,
  type DescribeTasksResponse,
  ListClusters$,
} from '@aws-sdk/client-ecs';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  sampleServices,
  TEST_ACCOUNT,
  TEST_SESSIONS,
  type TrivialFrontDoor,
} from '../../../test/support/trivial-front-door.ts';
import { AppError, hasKind, isApiError } from '../../domain/errors.ts';
import { createJsonClient, type JsonClient, type JsonClientOptions } from './client.ts';

describe('JsonClient', () => {
  let front: TrivialFrontDoor;
  let connections = 0;
  let sockets: Socket[] = [];
  before(async () => {
    front = await openFrontDoor(sampleServices({ contexts: [], waiting: [] }));
  });
  after(() => front.door.close());

  function client(options: Partial<JsonClientOptions> = {}): JsonClient {
    return createJsonClient({
      service: 'ecs',
      targetPrefix: SAMPLE_TARGET_PREFIX,
      host: '127.0.0.1',
      region: 'eu-west-1',
      credentials: () =>
        TEST_SESSIONS.mint({
          account: TEST_ACCOUNT,
          principalArn: 'arn:aws:sts::000000000000:assumed-role/r/s',
          expiresAtMs: Date.now() + 60_000,
        }),
      connect: async () => {
        const socket = connect(front.port, '127.0.0.1');
        await once(socket, 'connect');
        connections++;
        sockets.push(socket);
        return socket;
      },
      clock: { now: () => Date.now() },
      ...options,
    });
  }

  it('calls with session credentials over one kept connection', async () => {
    const caller = client();
    connections = 0;
    sockets = [];
    try {
      const answers = await Promise.all(
        ['a', 'b', 'c'].map((task) =>
          caller.call<DescribeTasksRequest, DescribeTasksResponse>(DescribeTasks$, { tasks: [task] }),
        ),
      );
      assert.deepEqual(
        answers.map((answer) => answer.tasks?.[0]?.taskArn),
        ['a', 'b', 'c'],
      );
      assert.equal(connections, 1);
      sockets[0]?.destroy();
      await once(sockets[0] as Socket, 'close');
      await caller.call(DescribeTasks$, { tasks: [] });
      assert.equal(connections, 2);
    } finally {
      caller.close();
    }
  });

  it('throws what the service answered as ApiError', async () => {
    const caller = client();
    try {
      await assert.rejects(
        caller.call(CreateCluster$, { clusterName: 'conflict' }),
        (error) =>
          isApiError(error, 'ConflictException') &&
          error.message === 'Taken.' &&
          JSON.stringify(error.fields) === '{"resourceIds":["a"]}',
      );
      await assert.rejects(caller.call(ListClusters$, {}), (error) =>
        isApiError(error, 'UnknownOperationException'),
      );
    } finally {
      caller.close();
    }
  });

  it('signs again when the clock was set between its signature and the service’s look at it', async () => {
    let asked = 0;
    // Far off at the first look only.
    const now = (): number => Date.now() - (asked++ === 0 ? 20 * 60_000 : 0);
    const caller = client({ clock: { now } });
    try {
      const { tasks } = await caller.call<DescribeTasksRequest, DescribeTasksResponse>(DescribeTasks$, {
        tasks: ['a'],
      });
      assert.equal(tasks?.[0]?.taskArn, 'a');
      assert.equal(asked, 2);
    } finally {
      caller.close();
    }
  });

  it('tells failures of the connection apart', async () => {
    const failing = client({ connect: () => Promise.reject(new Error('no route')) });
    await assert.rejects(failing.call(DescribeTasks$, { tasks: [] }), (error) =>
      hasKind(error, 'unavailable'),
    );
    failing.close();

    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const hanging = client({ timeoutMs: 50, connect: async () => connect(port, '127.0.0.1') });
    await assert.rejects(hanging.call(DescribeTasks$, { tasks: [] }), (error) => hasKind(error, 'deadline'));
    const controller = new AbortController();
    const call = hanging.call(DescribeTasks$, { tasks: [] }, controller.signal);
    controller.abort();
    await assert.rejects(call, (error) => hasKind(error, 'aborted'));
    hanging.close();
    silent.close();
  });

  it('waits for credentials no longer than for an answer, and does not connect without them', async () => {
    const never = new Promise<never>(() => undefined);
    let connected = 0;
    const caller = client({
      credentials: () => never,
      connect: () => {
        connected += 1;
        return never;
      },
      timeoutMs: 50,
    });
    const call = (signal?: AbortSignal) => caller.call(DescribeTasks$, { tasks: [] }, signal);
    await assert.rejects(call(), (error) => hasKind(error, 'deadline'));
    await assert.rejects(call(AbortSignal.abort()), (error) => hasKind(error, 'aborted'));
    const closed = call();
    caller.close();
    await assert.rejects(closed, (error) => hasKind(error, 'aborted'));
    assert.equal(connected, 0);
  });

  it('tells why there are no credentials', async () => {
    const why = new AppError('not-found', 'the role is gone');
    const caller = client({ credentials: () => Promise.reject(why) });
    await assert.rejects(caller.call(DescribeTasks$, { tasks: [] }), why);
    caller.close();
  });
});

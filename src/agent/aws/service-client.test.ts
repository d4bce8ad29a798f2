import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { DescribeTasks$, type DescribeTasksResponse } from '@aws-sdk/client-ecs';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  sampleServices,
  TEST_ACCOUNT,
  TEST_SESSIONS,
  type TrivialFrontDoor,
} from '../../../test/support/trivial-front-door.ts';
import { AppError } from '../../domain/errors.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Dialer, DialTarget } from '../../ports/dialer.ts';
import { callFailureText } from '../inputs/request-failure.ts';
import { callService, openServiceClient, type ServiceAccess, serviceUrl } from './service-client.ts';

const CALL = { operation: DescribeTasks$, input: { tasks: ['t1'] } };
const POLICY = {
  retry: { attempts: 3, firstDelayMs: 1, factor: 1, maxDelayMs: 1, budgetMs: 60_000 },
  timeoutMs: 10_000,
};

describe('a client of a service for a task', () => {
  let front: TrivialFrontDoor;
  before(async () => {
    front = await openFrontDoor(sampleServices({ contexts: [], waiting: [] }));
  });
  after(() => front.door.close());

  const request = (dialer: Dialer | undefined) => ({
    hostPrefix: 'ecs',
    signingName: 'ecs',
    targetPrefix: SAMPLE_TARGET_PREFIX,
    region: 'eu-west-1',
    dialer,
    credentials: async () =>
      TEST_SESSIONS.mint({
        account: TEST_ACCOUNT,
        principalArn: 'arn:aws:sts::000000000000:assumed-role/r/s',
        expiresAtMs: Date.now() + 60_000,
      }),
  });
  const access = (names?: ServiceAccess['names']): ServiceAccess => ({
    endpoint: { host: '127.0.0.1', port: front.port },
    clock: systemClock,
    ...(names !== undefined && { names }),
  });
  const { signal } = new AbortController();

  it('asks the endpoint directly where the platform has a way of its own', async () => {
    const client = openServiceClient(access({ suffix: 'amazonaws.com', ca: '' }), request(undefined));
    try {
      const found = await callService<DescribeTasksResponse>(client, CALL, POLICY, systemClock, signal);
      assert.ok('value' in found && found.value.tasks?.[0]?.taskArn === 't1');
    } finally {
      client.close();
    }
  });

  it("asks the endpoint by the task's dialer where there are no names", async () => {
    const dialled: DialTarget[] = [];
    const dialer: Dialer = {
      async connect(target) {
        dialled.push(target);
        const socket = connect(target);
        await once(socket, 'connect');
        return socket;
      },
    };
    const client = openServiceClient(access(), request(dialer));
    try {
      const found = await callService<DescribeTasksResponse>(client, CALL, POLICY, systemClock, signal);
      assert.ok('value' in found);
      assert.deepEqual(dialled, [{ host: '127.0.0.1', port: front.port }]);
    } finally {
      client.close();
    }
  });

  it('tries as often as it is told, and says where it got no answer', async () => {
    let tries = 0;
    const dialer: Dialer = {
      async connect({ host, port }) {
        assert.deepEqual([host, port], ['ecs.eu-west-1.aws.test', 443]);
        tries += 1;
        throw new AppError('deadline', 'no answer', { details: { address: '198.18.0.10' } });
      },
    };
    const ways = access({ suffix: 'aws.test', ca: '' });
    const client = openServiceClient(ways, request(dialer));
    const outcome = await callService(client, CALL, POLICY, systemClock, signal);
    assert.ok('error' in outcome);
    assert.equal(tries, 3);
    const url = serviceUrl(ways, request(dialer));
    const words = { service: 'ECS', operation: 'DescribeTasks', url, attempts: outcome.attempts };
    assert.equal(
      callFailureText(words, outcome.error),
      'operation error ECS: DescribeTasks, exceeded maximum number of attempts, 3, https response error ' +
        'StatusCode: 0, RequestID: , request send failed, Post "https://ecs.eu-west-1.aws.test/": ' +
        'dial tcp 198.18.0.10:443: i/o timeout',
    );
    client.close();
  });

  it('waits for a service whose connections break off, which is no attempt', async () => {
    const giveUp = new AbortController();
    let dials = 0;
    const listener = createServer((socket) => socket.resetAndDestroy());
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const dialer: Dialer = {
      async connect() {
        dials += 1;
        if (dials === 3) giveUp.abort();
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      },
    };
    const client = openServiceClient(access({ suffix: 'amazonaws.com', ca: '' }), request(dialer));
    try {
      const once = { ...POLICY, retry: { ...POLICY.retry, attempts: 1 } };
      const found = await callService(client, CALL, once, systemClock, giveUp.signal);
      assert.ok('error' in found && giveUp.signal.aborted, JSON.stringify(found));
      assert.equal(dials, 3);
    } finally {
      client.close();
      listener.close();
    }
  });

  it('makes failures of its own kind of what the service answers', async () => {
    const keys = {
      ...request(undefined),
      credentials: async () => ({
        accessKeyId: 'AKIAX',
        secretAccessKey: 'x',
        sessionToken: 'no',
        expiresAt: 0,
      }),
    };
    const client = openServiceClient(access(), keys);
    const outcome = await callService(client, CALL, POLICY, systemClock, signal);
    assert.ok('error' in outcome);
    assert.equal(outcome.attempts, 1);
    assert.equal(outcome.error.kind, 'failed-precondition');
    assert.equal(outcome.error.details['awsCode'], 'UnrecognizedClientException');
    client.close();
  });
});

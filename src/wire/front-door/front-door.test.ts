import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  type SampleCalls,
  sampleServices,
  TEST_ACCOUNT,
  TEST_KEY,
  type TrivialFrontDoor,
} from '../../../test/support/trivial-front-door.ts';
import { hasKind } from '../../domain/errors.ts';
import type { RequestContext } from '../service.ts';
import { signRequest } from '../sigv4/sign.ts';

const seen: SampleCalls = { contexts: [], waiting: [] };

describe('front door', () => {
  let front: TrivialFrontDoor;
  before(async () => {
    front = await openFrontDoor(sampleServices(seen), {
      allowedHosts: ['192.0.2.7', '.amazonaws.com'],
      bodyLimitBytes: 100_000,
    });
  });
  after(() => front.door.close());

  /** A signed POST; `headers` override, undefined takes one away. */
  async function post(
    target: string,
    body: string,
    headers: Record<string, string | undefined> = {},
    service = 'ecs',
  ): Promise<{ status: number; headers: Headers; json: Record<string, unknown>; text: string }> {
    const base = {
      host: `127.0.0.1:${front.port}`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    };
    const bytes = Buffer.from(body);
    const added = signRequest(
      { method: 'POST', url: '/', headers: base, body: bytes },
      { credentials: TEST_KEY, region: 'eu-west-1', service, nowMs: Date.now() },
    );
    const sent = Object.entries({ ...base, ...added, ...headers }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const answer = await rawExchange(
      `POST / HTTP/1.1\r\n${sent.map(([name, value]) => `${name}: ${value}\r\n`).join('')}content-length: ${bytes.length}\r\nconnection: close\r\n\r\n${body}`,
    );
    return answer;
  }

  async function rawExchange(
    bytes: string,
  ): Promise<{ status: number; headers: Headers; json: Record<string, unknown>; text: string }> {
    const socket = connect(front.port, '127.0.0.1');
    try {
      socket.write(bytes);
      let received = '';
      for await (const chunk of socket) received += String(chunk);
      const end = received.indexOf('\r\n\r\n');
      const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n');
      const headers = new Headers(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
      const text = received.slice(end + 4);
      const json = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
      return { status: Number(statusLine.split(' ')[1]), headers, json, text };
    } finally {
      socket.destroy();
    }
  }

  const target = (name: string): string => `${SAMPLE_TARGET_PREFIX}.${name}`;

  it('serves the SDK clients of both services', async () => {
    const config = { endpoint: front.endpoint, region: 'eu-central-1', credentials: TEST_KEY };
    const ecs = new ECSClient(config);
    const logs = new CloudWatchLogsClient(config);
    try {
      const answer = await ecs.send(new DescribeTasksCommand({ tasks: ['t1'] }));
      assert.deepEqual(answer.tasks, [{ taskArn: 't1', createdAt: new Date(1_700_000_000_123) }]);
      assert.equal(answer.$metadata.requestId, seen.contexts.at(-1)?.requestId);
      await logs.send(new CreateLogGroupCommand({ logGroupName: 'g' }));
    } finally {
      ecs.destroy();
      logs.destroy();
    }
  });

  it('tells the handler who asks and where', async () => {
    await post(target('DescribeTasks'), '{"tasks":[]}');
    const context = seen.contexts.at(-1);
    assert.deepEqual(context?.scope, { account: TEST_ACCOUNT, region: 'eu-west-1' });
    assert.equal(context?.principalArn, `arn:aws:iam::${TEST_ACCOUNT}:root`);
  });

  it('answers in the form of AWS JSON 1.1', async () => {
    const { status, headers, text } = await post(target('DescribeTasks'), '{"tasks":["a"]}');
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'application/x-amz-json-1.1');
    assert.match(headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
    assert.ok(headers.has('date'));
    assert.equal(headers.has('access-control-allow-origin'), false);
    assert.equal(text, '{"tasks":[{"createdAt":1700000000.123,"taskArn":"a"}],"failures":[]}');
  });

  it('answers errors with AWS envelopes', async () => {
    const { status, headers, json } = await post(target('CreateCluster'), '{"clusterName":"conflict"}');
    assert.equal(status, 400);
    assert.deepEqual(json, { __type: 'ConflictException', resourceIds: ['a'], message: 'Taken.' });
    assert.equal(headers.get('x-amzn-errortype'), 'ConflictException');
    assert.equal((await post(target('CreateCluster'), '{"clusterName":"denied"}')).status, 403);
  });

  it('hides what went wrong inside, and logs it', async () => {
    const { status, json, text } = await post(target('CreateCluster'), '{}');
    assert.equal(status, 500);
    assert.equal(json['__type'], 'ServerException');
    assert.doesNotMatch(text, /secret/);
    const { cause, operation: name } = front.errors.at(-1) ?? {};
    assert.equal(name, 'CreateCluster');
    assert.match(String(cause), /the secret inside/);
  });

  it('refuses unknown operations and missing targets', async () => {
    for (const name of [target('NoSuch'), 'Other.RunTask', '', 'constructor']) {
      const { status, json } = await post(name, '{}');
      assert.deepEqual([status, json['__type']], [400, 'UnknownOperationException']);
    }
  });

  it('refuses malformed JSON, wrong types and missing members', async () => {
    assert.equal((await post(target('DescribeTasks'), '{"tasks":')).json['__type'], 'SerializationException');
    assert.deepEqual((await post(target('DescribeTasks'), '{"tasks":"a"}')).json, {
      __type: 'SerializationException',
      message: 'Expected list or null',
    });
    assert.deepEqual((await post(target('DescribeTasks'), '')).json, {
      __type: 'InvalidParameterException',
      message:
        "1 validation error detected: Value null at 'tasks' failed to satisfy constraint: Member must not be null",
    });
  });

  it('refuses what is not signed for this service and these bytes', async () => {
    const name = target('DescribeTasks');
    const type = async (answer: ReturnType<typeof post>): Promise<unknown> => (await answer).json['__type'];
    assert.equal(
      await type(post(name, '{}', { authorization: undefined })),
      'MissingAuthenticationTokenException',
    );
    assert.equal(
      await type(post(name, '{}', { authorization: 'AWS4-HMAC-SHA256 x=y' })),
      'IncompleteSignatureException',
    );
    assert.equal(
      await type(post(name, '{}', { 'x-amz-date': '20200101T000000Z' })),
      'InvalidSignatureException',
    );
    assert.equal(
      await type(post(name, '{}', { 'x-amz-security-token': 'AAAA' })),
      'UnrecognizedClientException',
    );
    const { status, json } = await post(name, '{}', {}, 'logs');
    assert.deepEqual(
      [status, json],
      [
        400,
        {
          __type: 'InvalidSignatureException',
          message: "Credential should be scoped to correct service: 'ecs'. ",
        },
      ],
    );
  });

  it('refuses other content types', async () => {
    const { status, json } = await post(target('DescribeTasks'), '{}', {
      'content-type': 'application/json',
    });
    assert.deepEqual([status, json['__type']], [415, 'UnsupportedMediaTypeException']);
    assert.equal(
      (await post(target('DescribeTasks'), '{"tasks":[]}', { 'content-type': undefined })).status,
      415,
    );
  });

  it('refuses bodies over the limit, with or without a length', async () => {
    const big = 'x'.repeat(200_000);
    const { status, json } = await post(target('DescribeTasks'), big);
    assert.deepEqual([status, json['__type']], [413, 'RequestEntityTooLargeException']);
    const chunk = `${big.length.toString(16)}\r\n${big}\r\n0\r\n\r\n`;
    const chunked = await rawExchange(
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunk}`,
    );
    assert.equal(chunked.status, 413);
  });

  it('answers 413 also to a caller that never sends its body to the end', async () => {
    const { status } = await rawExchange(
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\nx',
    );
    assert.equal(status, 413);
  });

  it('answers bytes that are no HTTP with 400', async () => {
    const { status, json } = await rawExchange('nonsense\r\n\r\n');
    assert.deepEqual([status, json['__type']], [400, 'MalformedHttpRequestException']);
    const headers = await rawExchange(
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
    );
    assert.equal(headers.status, 431);
  });

  it('keeps web pages out, and gives no CORS headers', async () => {
    const name = target('DescribeTasks');
    for (const headers of [{ origin: 'https://example.com' }, { host: 'evil.example.com' }]) {
      const answer = await post(name, '{"tasks":[]}', headers);
      assert.deepEqual([answer.status, answer.json['__type']], [403, 'AccessDeniedException']);
    }
    const preflight = await rawExchange(
      `OPTIONS / HTTP/1.1\r\nhost: 127.0.0.1:${front.port}\r\norigin: https://example.com\r\naccess-control-request-method: POST\r\nconnection: close\r\n\r\n`,
    );
    assert.equal(preflight.status, 403);
    assert.equal(
      [...preflight.headers.keys()].some((header) => header.startsWith('access-control')),
      false,
    );
  });

  it('says that it is well, and knows no other path', async () => {
    const health = await fetch(`${front.endpoint}/_neargate/health`);
    assert.deepEqual([health.status, await health.text()], [200, '{"status":"ok"}']);
    const other = await fetch(`${front.endpoint}/other`);
    assert.deepEqual(
      [other.status, other.headers.get('x-amzn-errortype')],
      [404, 'UnknownOperationException'],
    );
    await other.text();
  });

  it('aborts the handler when its caller goes away', async () => {
    const started = new Promise<void>((resolve) => seen.waiting.push(resolve));
    const errorsBefore = front.errors.length;
    const body = '{"cluster":"c"}';
    const headers = {
      host: 'localhost',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target('DeleteCluster'),
    };
    const added = signRequest(
      { method: 'POST', url: '/', headers, body: Buffer.from(body) },
      { credentials: TEST_KEY, region: 'eu-west-1', service: 'ecs', nowMs: Date.now() },
    );
    const socket = connect(front.port, '127.0.0.1');
    const lines = Object.entries({ ...headers, ...added }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST / HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`);
    await started;
    socket.destroy();
    while (front.errors.length === errorsBefore) await new Promise(setImmediate);
    assert.ok(hasKind(front.errors.at(-1)?.['cause'], 'aborted'));
  });
});

describe('open front door', () => {
  it('takes unsigned requests and 12-digit keys', async () => {
    const contexts: RequestContext[] = [];
    const { door, endpoint } = await openFrontDoor(sampleServices({ contexts, waiting: [] }), { open: true });
    try {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${SAMPLE_TARGET_PREFIX}.DescribeTasks`,
      };
      const answer = await fetch(endpoint, { method: 'POST', headers, body: '{"tasks":[]}' });
      assert.equal(answer.status, 200);
      await answer.text();
      assert.deepEqual(contexts[0]?.scope, { account: TEST_ACCOUNT, region: 'us-east-1' });
      const credentials = { accessKeyId: '111122223333', secretAccessKey: 'x' };
      const ecs = new ECSClient({ endpoint, region: 'ap-south-1', credentials });
      await ecs.send(new DescribeTasksCommand({ tasks: ['t'] }));
      ecs.destroy();
      assert.deepEqual(contexts[1]?.scope, { account: '111122223333', region: 'ap-south-1' });
    } finally {
      await door.close();
    }
  });
});

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { ecsWithoutAnswers } from '../../../test/support/agent/ecs-without-answers.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import { METADATA_ADDRESS } from '../../domain/metadata/routes.ts';
import type { ContainerFigures } from '../../domain/metadata/statistics.ts';
import { FakeNetworkFaults } from '../../drivers/network-fake/fake-network-faults.ts';
import { FakeTaskNetwork } from '../../drivers/network-fake/fake-task-network.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { pictureOf } from '../../ports/testing/vpc-picture.ts';
import { type ContainerFacts, newFacts, type TaskFacts } from '../runner/facts.ts';
import { type ServedTask, TaskMetadataEndpoints } from './task-metadata.ts';

const OWN = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);
const ID = `${OWN}-0000000001`;

interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

describe('task metadata endpoint', () => {
  let clock: ManualClock;
  let network: FakeTaskNetwork;
  let metadata: TaskMetadataEndpoints;
  let life: AbortController;
  let cpu: number;
  let container: Partial<ContainerFacts>;
  let credentials: TaskCredentials | undefined;
  let errors: string[];
  const facts = new Map<string, TaskFacts>();

  const served = new Map<string, ServedTask>();
  const serve = async (taskId: string, platformVersion = '1.4.0', host = 5): Promise<void> => {
    const taskRoleArn = 'arn:aws:iam::000000000000:role/app';
    const assignment = anAssignment([aContainer('web')], { taskId, platformVersion, taskRoleArn });
    const eni = { ...assignment.eni, privateIpv4Address: `172.31.16.${host}` };
    await network.attach(taskId, eni);
    const ids = { hex: () => '1'.padStart(16, '0'), uuid: () => `id-of-${taskId}` };
    facts.set(taskId, { ...newFacts(assignment, ids), eni: 'made' });
    const present = (): TaskFacts => {
      const known = facts.get(taskId) ?? assert.fail();
      return { ...known, containers: known.containers.map((one) => ({ ...one, ...container })) };
    };
    served.set(taskId, { assignment: { ...assignment, eni }, facts: present });
    await metadata.serve(taskServed(taskId));
  };
  const taskServed = (taskId: string): ServedTask => served.get(taskId) ?? assert.fail();

  const send = async (taskId: string, raw: string): Promise<Reply> => {
    const socket = await network.dialer(taskId).connect({ host: METADATA_ADDRESS, port: 80 });
    socket.write(raw);
    const [head = '', ...rest] = (await text(socket)).split('\r\n\r\n');
    const [line = '', ...headers] = head.split('\r\n');
    const pairs = headers.map((each): [string, string] => {
      const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(each) ?? [];
      return [name.toLowerCase(), value];
    });
    return { status: Number(line.split(' ')[1]), headers: new Map(pairs), body: rest.join('\r\n\r\n') };
  };
  const get = (path: string, taskId = OWN): Promise<Reply> =>
    send(taskId, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const json = async (path: string): Promise<Record<string, unknown>> => {
    const { status, headers, body } = await get(path);
    assert.equal(status, 200, body);
    assert.equal(headers.get('content-type'), 'application/json');
    return JSON.parse(body) as Record<string, unknown>;
  };

  beforeEach(async () => {
    clock = new ManualClock();
    network = new FakeTaskNetwork();
    life = new AbortController();
    cpu = 0;
    errors = [];
    credentials = undefined;
    container = { phase: 'running', pulled: true };
    await network.applyVpc(pictureOf(anAssignment().eni.vpc));
    const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
    metadata = new TaskMetadataEndpoints(
      {
        ...{ network, clock, logger },
        cgroups: { figures: async () => figuresOf(cpu) },
        disks: {
          usage: async () => ({
            ...{ reservedBytes: 20 * 2 ** 30, usedBytes: 7 * 2 ** 20, readBytes: 0, writtenBytes: 0 },
          }),
        },
        systemCpu: async () => 1000,
        executionCredentials: () => assert.fail('nothing was asked for'),
        ecs: ecsWithoutAnswers,
        networkFaults: new FakeNetworkFaults(network),
        roleCredentials: async () => {
          if (credentials === undefined) throw new Error('none came in time');
          return credentials;
        },
        onMinute: () => undefined,
        clockDrift: () => ({ measuredAt: clock.now(), synchronized: false }),
      },
      life.signal,
    );
    await serve(OWN);
  });
  afterEach(async () => {
    life.abort();
    await network.close();
  });

  it('answers with a task, a container and their statistics, in every version', async () => {
    for (const path of [`/v4/${ID}/task`, `/v3/${ID}/task`, '/v2/metadata']) {
      const task = await json(path);
      assert.match(String(task['TaskARN']), new RegExp(`/${OWN}$`), path);
      assert.equal(task['KnownStatus'], 'RUNNING');
    }
    for (const path of [`/v4/${ID}`, `/v3/${ID}`, `/v2/metadata/${ID}`]) {
      assert.equal((await json(path))['DockerId'], ID, path);
    }
    assert.deepEqual((await json(`/v4/${ID}/task`))['EphemeralStorageMetrics'], {
      Utilized: 7,
      Reserved: 20496,
    });
    assert.deepEqual(await json(`/v4/${ID}/associations/elastic-inference`), { Associations: null });
  });

  it('shows a task of which a container is being pulled as NONE', async () => {
    container = { phase: 'none', pulled: true };
    const task = await json(`/v4/${ID}/task`);
    assert.equal(task['KnownStatus'], 'NONE');
    assert.equal((await json(`/v4/${ID}`))['KnownStatus'], 'PULLED');
  });

  it('has statistics a second after a container was seen, and every ten seconds', async () => {
    const statsOf = async (): Promise<{
      read?: string;
      cpu_stats?: { cpu_usage: { total_usage: number } };
    }> => await json(`/v4/${ID}/stats`);
    assert.deepEqual(await statsOf(), {});
    assert.equal((await get(`/v3/${ID}/stats`)).body, 'null');
    assert.deepEqual(await json(`/v4/${ID}/task/stats`), { [ID]: {} });
    cpu = 5;
    const total = async (): Promise<number | undefined> => (await statsOf()).cpu_stats?.cpu_usage.total_usage;
    await advance(clock, 2);
    assert.equal(await total(), 5);
    cpu = 9;
    await advance(clock, 5);
    assert.equal(await total(), 5);
    await advance(clock, 5);
    assert.equal(await total(), 9);
    container = { phase: 'running', pulled: true, restartCount: 1 };
    cpu = 2;
    await advance(clock, 10);
    assert.equal(await total(), 11, 'a restart begins its counters anew, which nobody sees');
    container = { phase: 'stopped', pulled: true, exitCode: 0 };
    await advance(clock, 1);
    assert.deepEqual(await statsOf(), {});
  });

  it('knows the task that asks, and no other', async () => {
    await serve(OTHER, '1.4.0', 6);
    const own = `${OTHER}-0000000001`;
    assert.equal((await get(`/v4/${own}`, OTHER)).status, 200);
    const foreign = await send(
      OTHER,
      `GET /v4/${ID} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 172.31.16.5\r\nConnection: close\r\n\r\n`,
    );
    assert.equal(foreign.status, 404);
    assert.match(String(JSON.parse((await get('/v2/metadata', OTHER)).body).TaskARN), new RegExp(OTHER));
  });

  const refusals: [string, number, string][] = [
    [
      '/v4/x',
      404,
      'V4 container metadata handler: unable to get container ID from request: unable to get docker ID from v3 endpoint ID: x',
    ],
    [
      '/v4/x/task',
      404,
      'V4 task metadata handler: unable to get task arn from request: unable to get task Arn from v3 endpoint ID: x',
    ],
    [
      '/v4/x/stats',
      404,
      'V4 container stats handler: unable to get task arn from request: unable to get task Arn from v3 endpoint ID: x',
    ],
    [
      '/v4/x/task/stats',
      404,
      'V4 task stats handler: unable to get task arn from request: unable to get task Arn from v3 endpoint ID: x',
    ],
    [
      '/v3/x',
      500,
      'V3 container metadata handler: unable to get container ID from request: unable to get docker ID from v3 endpoint ID: x',
    ],
    [
      '/v3/x/task',
      500,
      'V3 task metadata handler: unable to get task arn from request: unable to get task Arn from v3 endpoint ID: x',
    ],
    [
      '/v3/x/stats',
      400,
      'V3 container stats handler: unable to get task arn from request: unable to get task Arn from v3 endpoint ID: x',
    ],
    ['/v2/metadata/x', 400, "Unable to generate metadata for container 'x'"],
    ['/v2/stats/x', 400, 'Unable to get container stats for: x'],
    [
      `/v4/${ID}/associations/t/n`,
      400,
      'V4 container associations handler: unable to get association from association type t and association name n',
    ],
  ];
  for (const [path, status, message] of refusals) {
    it(`says what is wrong with ${path.replace(ID, '<id>')}`, async () => {
      const reply = await get(path);
      assert.deepEqual([reply.status, JSON.parse(reply.body)], [status, message]);
    });
  }

  it('says that there is no such page, in Go’s words', async () => {
    for (const path of ['/', '/v5/x', `/v4/${ID}/nothing`, `/v4/${ID}/task/`, '/v2']) {
      const { status, headers, body } = await get(path);
      assert.deepEqual(
        [status, headers.get('content-type'), body],
        [404, 'text/plain; charset=utf-8', '404 page not found\n'],
      );
    }
  });

  it('sends to the clean form of a path', async () => {
    const { status, headers } = await get(`//v4/${ID}/../${ID}?q=1`);
    assert.deepEqual([status, headers.get('location')], [301, `/v4/${ID}?q=1`]);
  });

  it('has no v4 on 1.3.0, and no network among its statistics', async () => {
    await serve(OTHER, '1.3.0', 6);
    const id = `${OTHER}-0000000001`;
    assert.equal((await get(`/v4/${id}`, OTHER)).status, 404);
    await advance(clock, 2);
    const { body } = await get(`/v3/${id}/stats`, OTHER);
    assert.match(body, /"cpu_stats"/);
    assert.doesNotMatch(body, /networks/);
  });

  it('limits how often a path is asked for, and says so', async () => {
    const replies: Reply[] = [];
    for (let count = 0; count < 61; count += 1) replies.push(await get(`/v4/${ID}`));
    assert.deepEqual(
      replies.map(({ status }) => status),
      [...Array<number>(60).fill(200), 429],
    );
    const last = replies.at(-1);
    assert.equal(last?.body, 'You have reached maximum request limit.');
    assert.equal(last?.headers.get('x-rate-limit-limit'), '40.00');
    assert.equal(last?.headers.get('x-rate-limit-duration'), '1');
    assert.match(last?.headers.get('x-rate-limit-request-remote-addr') ?? '', /^.+:\d+$/);
    assert.equal((await get(`/v4/${ID}/task`)).status, 200, 'another path has a limit of its own');
    clock.advance(1000);
    assert.equal((await get(`/v4/${ID}`)).status, 200);
  });

  it('makes a task that floods it wait for its refusals, and no other', async () => {
    await serve(OTHER, '1.4.0', 6);
    const requests = Array.from(
      { length: 801 },
      (_, index) => `GET /made-up/${index} HTTP/1.1\r\nHost: x\r\n`,
    );
    const socket = await network.dialer(OWN).connect({ host: METADATA_ADDRESS, port: 80 });
    let received = '';
    socket.setEncoding('latin1').on('data', (piece: string) => (received += piece));
    const refusals = (): number => received.split('HTTP/1.1 429 ').length - 1;
    // 256 paths are remembered, so 256 are answered; 200 refusals come at once.
    for (const one of requests) socket.write(`${one}\r\n`);
    while (refusals() < 200) await new Promise(setImmediate);
    assert.equal((await get('/v4/none', OTHER)).status, 404);
    assert.equal(refusals(), 200);
    clock.advance(1_000);
    while (refusals() <= 200) await new Promise(setImmediate);
    socket.destroy();
  });

  it('hands out the credentials of the task’s role, by the id that its containers were told', async () => {
    const path = `/v2/credentials/id-of-${OWN}`;
    const failure = async (asked: string): Promise<unknown> => {
      const { status, body } = await get(asked);
      const error = JSON.parse(body) as { code: string; message: string; HTTPErrorCode: number };
      assert.equal(error.HTTPErrorCode, status);
      return [status, error.code, error.message];
    };
    assert.deepEqual(await failure(path), [
      ...[503, 'CredentialsUninitialized', 'CredentialsV2Request: Credentials uninitialized for ID'],
    ]);
    const expiresAt = Date.UTC(2025, 0, 2, 9, 0, 0, 5);
    credentials = { accessKeyId: 'ASIAX', secretAccessKey: 's3', sessionToken: 'tok', expiresAt };
    const expected =
      '{"RoleArn":"arn:aws:iam::000000000000:role/app","AccessKeyId":"ASIAX","SecretAccessKey":"s3","Token":"tok",' +
      '"Expiration":"2025-01-02T09:00:00Z"}';
    assert.equal((await get(path)).body, expected);
    assert.equal((await get(`/v1/credentials?id=id-of-${OWN}`)).body, expected);
    assert.deepEqual(await failure('/v2/credentials/'), [
      ...[400, 'NoIdInRequest', 'CredentialsV2Request: No Credential ID in the request'],
    ]);
    for (const other of ['/v1/credentials?id=x', `/v1/credentials?id=id-of-${OTHER}`]) {
      assert.deepEqual(await failure(other), [
        ...[400, 'InvalidIdInRequest', 'CredentialsV1Request: Credentials not found'],
      ]);
    }
  });

  it('takes no longer body than can mean anything', async () => {
    const body = `{"ProtectionEnabled":true${' '.repeat(5000)}}`;
    const path = `/api/${ID}/task-protection/v1/state`;
    const head = `PUT ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    const reply = await send(OWN, head + body);
    assert.equal(reply.status, 400);
    assert.match(reply.body, /UpdateTaskProtection: failed to decode request/);
  });

  it('is gone with its task', async () => {
    metadata.end(OWN);
    await assert.rejects(get(`/v4/${ID}`));
  });

  describe('of a task that an earlier agent launched', () => {
    const again = async (): Promise<void> => {
      metadata.end(OWN);
      await network.detach(OWN);
      metadata.resume(taskServed(OWN));
    };
    const attach = () => network.attach(OWN, taskServed(OWN).assignment.eni);

    it('answers once the task’s network is found', async () => {
      await again();
      await advance(clock, 10);
      await attach();
      await advance(clock, 10);
      assert.equal((await get(`/v4/${ID}`)).status, 200);
      assert.deepEqual(errors, []);
    });

    it('is told to be missing when it never is', async () => {
      await again();
      await advance(clock, 60);
      assert.deepEqual(errors, ['metadata: a task has no endpoint']);
    });

    it('is gone with its task, whose network a restart of the machine took away', async () => {
      await again();
      await advance(clock, 1);
      metadata.end(OWN);
      await attach();
      await advance(clock, 60);
      await assert.rejects(get(`/v4/${ID}`));
      assert.deepEqual(errors, []);
    });
  });
});

function figuresOf(total: number): ContainerFigures {
  return {
    cpu: { total, kernel: 0, user: 0, perCpu: [], periods: 0, throttledPeriods: 0, throttledTime: 0 },
    memory: { usage: 1, stats: {} },
    block: { bytes: [], operations: [] },
    processes: 1,
  };
}

/** Second by second, each of which is worked off before the next. */
async function advance(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1000);
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  }
}

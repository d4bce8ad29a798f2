import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openFrontDoor, TEST_KEY, type TrivialFrontDoor } from '../../../test/support/trivial-front-door.ts';
import { LmdbStore } from '../../drivers/store-lmdb/lmdb-store.ts';
import { Re2LinePatterns } from '../../drivers/line-patterns-re2/re2-line-patterns.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { createLogsService } from './service.ts';

/** Version 1 has no `logs tail`. */
const program = ['/usr/bin/aws', 'aws'].find((name) =>
  (spawnSync(name, ['--version'], { encoding: 'utf8' }).stdout ?? '').startsWith('aws-cli/2'),
);
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const run = promisify(execFile);

describe('aws logs', {
  skip: program === undefined ? 'the AWS CLI version 2 is not installed' : false,
}, () => {
  let dir: string;
  let store: LmdbStore;
  let front: TrivialFrontDoor;
  let follower: ChildProcess | undefined;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'neargate-logs-'));
    store = await LmdbStore.open({ dir: join(dir, 'store'), clock: systemClock });
    const service = createLogsService({
      store,
      clock: systemClock,
      ids: randomIds,
      logger: silent,
      patterns: new Re2LinePatterns(),
    });
    front = await openFrontDoor([service]);
    await aws('create-log-group', '--log-group-name', '/ecs/demo');
    await aws('create-log-stream', '--log-group-name', '/ecs/demo', '--log-stream-name', 'web/app/1');
  });
  after(async () => {
    follower?.kill('SIGKILL');
    await front.door.close();
    await store.close();
    await rm(dir, { recursive: true });
  });

  const environment = (): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'],
    HOME: dir,
    AWS_ACCESS_KEY_ID: TEST_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEST_KEY.secretAccessKey,
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const command = (...args: string[]): string[] => [
    'logs',
    '--endpoint-url',
    `http://127.0.0.1:${front.port}`,
    '--output',
    'json',
    ...args,
  ];

  async function aws(...args: string[]): Promise<Record<string, unknown>> {
    const { stdout } = await run(program ?? '', command(...args), { env: environment() });
    return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  }

  async function put(...messages: string[]): Promise<void> {
    const events = messages.map((message) => ({ timestamp: Date.now(), message }));
    await aws(
      'put-log-events',
      '--log-group-name',
      '/ecs/demo',
      '--log-stream-name',
      'web/app/1',
      '--log-events',
      JSON.stringify(events),
    );
  }

  it('puts, gets and filters events, page by page', async () => {
    await put('{"level":"info","n":1}', '{"level":"error","n":2}', 'plain ERROR');
    const got = await aws(
      'get-log-events',
      '--log-group-name',
      '/ecs/demo',
      '--log-stream-name',
      'web/app/1',
    );
    assert.equal((got['events'] as unknown[]).length, 3);
    const filtered = await aws(
      'filter-log-events',
      '--log-group-name',
      '/ecs/demo',
      '--filter-pattern',
      '{ $.level = "e*" && $.n > 1 }',
      '--page-size',
      '1',
    );
    assert.deepEqual(
      (filtered['events'] as { message: string }[]).map(({ message }) => message),
      ['{"level":"error","n":2}'],
    );
    const groups = await aws('describe-log-groups', '--log-group-name-prefix', '/ecs');
    assert.equal((groups['logGroups'] as unknown[]).length, 1);
  });

  it('queries as Logs Insights does, and shows where a query is wrong', async () => {
    await put('{"path":"/a","ms":3}', '{"path":"/b","ms":20}', '{"path":"/b","ms":40}');
    const now = Math.floor(Date.now() / 1000);
    const times = ['--start-time', `${now - 60}`, '--end-time', `${now + 60}`];
    const start = (query: string) =>
      aws('start-query', '--log-group-name', '/ecs/demo', ...times, '--query-string', query);
    const query =
      'filter ispresent(ms) | stats max(ms) as slowest, count(*) as calls by path | sort slowest desc';
    const { queryId } = await start(query);
    let answer: Record<string, unknown>;
    do answer = await aws('get-query-results', '--query-id', String(queryId));
    while (answer['status'] === 'Running');
    const row = (path: string, slowest: string, calls: string): object[] => [
      { field: 'path', value: path },
      { field: 'slowest', value: slowest },
      { field: 'calls', value: calls },
    ];
    assert.deepEqual(answer['results'], [row('/b', '40', '2'), row('/a', '3', '1')]);
    await assert.rejects(start('fields @message | nonsense'), (error: Error) =>
      /\(MalformedQueryException\).*unexpected symbol found nonsense at position 18/.test(error.message),
    );
  });

  it("shows AWS's error for a group that does not exist", async () => {
    await assert.rejects(aws('describe-log-streams', '--log-group-name', 'none'), (error: Error) =>
      /\(ResourceNotFoundException\).*DescribeLogStreams operation: The specified log group does not exist\./.test(
        error.message,
      ),
    );
  });

  it('tails, and follows what comes later', async () => {
    await put('before');
    const listed = await run(program ?? '', command('tail', '/ecs/demo', '--format', 'short'), {
      env: environment(),
    });
    assert.match(listed.stdout, /before\n$/);
    follower = spawn(program ?? '', command('tail', '/ecs/demo', '--follow', '--format', 'short'), {
      env: { ...environment(), PYTHONUNBUFFERED: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(follower.stdout);
    const lines = createInterface({ input: follower.stdout })[Symbol.asyncIterator]();
    const nextWith = async (text: string): Promise<number> => {
      for (let count = 1; ; count++) {
        const { value, done } = await lines.next();
        assert.ok(done !== true, `ended before ${text}`);
        if (value.endsWith(text)) return count;
      }
    };
    await nextWith('before');
    await put('later');
    assert.equal(await nextWith('later'), 1, 'nothing is shown twice');
    follower.kill('SIGINT');
    await once(follower, 'exit');
  });
});

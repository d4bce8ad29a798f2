/** Secrets of tasks: which value a task gets, why it gets none, and where on the machine a value can be found. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';

const TELLS = 'for name in $NAMES; do eval "printf %s \\"\\$$name\\"" | md5sum; done';
const WAITS = 'trap "exit 0" TERM; while :; do sleep 0.1; done';

describe('The secrets of a task', () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start(['--runtimes', RUNTIMES.join(',')]);
  });
  after(() => scene?.close());

  const marker = (): string => randomBytes(15).toString('hex');
  const md5 = (text: string): string => `${createHash('md5').update(text).digest('hex')}  -`;

  const newSecret = async (name: string, value: object): Promise<string> => {
    const { ARN } = await scene.neargate.secretsManager.send(
      new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(value) }),
    );
    return ARN ?? assert.fail();
  };

  /** A task whose container tells the sums of its secrets; with `waits` it goes on until it is stopped. */
  const told = async (
    secrets: Readonly<Record<string, string>>,
    { waits = false, runtime = 'runc' } = {},
  ): Promise<{ arn: string; lines: string[] }> => {
    const definition = await scene.register([
      scene.container('app', {
        command: ['sh', '-c', `${TELLS}; echo told; ${waits ? WAITS : ''}`],
        environment: [{ name: 'NAMES', value: Object.keys(secrets).join(' ') }],
        secrets: Object.entries(secrets).map(([name, valueFrom]) => ({ name, valueFrom })),
        healthCheck: { command: ['CMD-SHELL', `test -n "$${Object.keys(secrets)[0]}"`], interval: 5 },
      }),
    ]);
    const arn = await scene.run(definition, { tags: [{ key: 'neargate:runtime', value: runtime }] });
    const lines = await scene.outputWith(arn, 'app', /^told$/);
    if (!waits) await scene.until(arn, 'STOPPED');
    return { arn, lines: lines.slice(0, -1) };
  };

  const reasonWith = async (valueFrom: string): Promise<string> => {
    const app = scene.container('app', { command: ['true'], secrets: [{ name: 'X', valueFrom }] });
    const arn = await scene.run(await scene.register([app]));
    const { stoppedReason = '' } = await scene.until(arn, 'STOPPED');
    return stoppedReason.replace(/RequestID: [0-9a-f-]{36}, /, '');
  };

  it('are those of the version that the definition names, at the moment of the launch', async () => {
    const { secretsManager } = scene.neargate;
    const [first, second] = [marker(), marker()];
    const secret = await newSecret('rotated', { password: first, port: 5432 });
    const wanted = { NOW: `${secret}:password::`, PORT: `${secret}:port:AWSCURRENT:` };
    assert.deepEqual((await told(wanted)).lines, [md5(first), md5('5432')]);
    const rotated = JSON.stringify({ password: second, port: 5433 });
    const { VersionId: versionId = '' } = await secretsManager.send(
      new PutSecretValueCommand({ SecretId: secret, SecretString: rotated, VersionStages: ['AWSPENDING'] }),
    );
    const before = { ...wanted, PENDING: `${secret}:password:AWSPENDING:` };
    assert.deepEqual((await told(before)).lines, [md5(first), md5('5432'), md5(second)]);
    const { VersionIdsToStages = {} } = await secretsManager.send(
      new DescribeSecretCommand({ SecretId: secret }),
    );
    const current = Object.keys(VersionIdsToStages).find((id) =>
      VersionIdsToStages[id]?.includes('AWSCURRENT'),
    );
    await secretsManager.send(
      new UpdateSecretVersionStageCommand({
        ...{ SecretId: secret, VersionStage: 'AWSCURRENT' },
        ...{ RemoveFromVersionId: current, MoveToVersionId: versionId },
      }),
    );
    const later = {
      ...wanted,
      OLD: `${secret}:password:AWSPREVIOUS:`,
      ID: `${secret}:password::${versionId}`,
    };
    assert.deepEqual((await told(later)).lines, [md5(second), md5('5433'), md5(first), md5(second)]);
  });

  it('say why there are none, and the task does not start', async () => {
    const secret = await newSecret('known', { password: 'x' });
    const missing = secret.replace('known', 'unknown');
    const prefix =
      'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ';
    const retried = 'service call has been retried 1 time(s): ';
    assert.equal(
      await reasonWith(missing),
      `${prefix}unable to retrieve secret from asm: ${retried}failed to fetch secret ${missing} from secrets manager: ResourceNotFoundException: The task can't retrieve the secret with ARN '${missing}' from AWS Secrets Manager. Check whether the secret exists in the specified Region: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
    assert.equal(
      await reasonWith(`${secret}:user::`),
      `${prefix}unable to retrieve secret from asm: ${retried}retrieved secret from Secrets Manager did not contain json key user`,
    );
    assert.equal(
      await reasonWith('/not/there'),
      `${prefix}unable to retrieve secrets from ssm: ${retried}invalid ssm parameters: /not/there`,
    );
  });

  for (const runtime of RUNTIMES) {
    it(`are found nowhere but in the containers themselves (${runtime})`, async () => {
      const [password, token] = [marker(), marker()];
      const secret = await newSecret(`searched-${runtime}`, { password });
      const name = `/searched/${runtime}`;
      await scene.neargate.ssm.send(
        new PutParameterCommand({ Name: name, Type: 'SecureString', Value: token }),
      );
      const wanted = { PASSWORD: `${secret}:password::`, TOKEN: name };
      const { arn, lines } = await told(wanted, { waits: true, runtime });
      assert.deepEqual(lines, [md5(password), md5(token)]);
      await scene.untilTask(arn, ({ healthStatus }) => healthStatus === 'HEALTHY', 'healthy');
      const taskId = arn.slice(arn.lastIndexOf('/') + 1);
      const { dataDir } = scene.neargate;
      const written = [password, token].flatMap((text) => [text, Buffer.from(text).toString('base64')]);
      const disk = `${dataDir}/disks/${taskId}`;
      for (const place of [dataDir, disk]) assert.deepEqual(await filesWith(place, written), []);
      const holders = await processesWith(written);
      // gVisor's kernel has the environment of what runs on it in its own memory.
      if (runtime === 'runc') assert.ok(holders.length > 0, 'the search finds no process at all');
      for (const { cgroup, args } of holders) assert.match(cgroup, new RegExp(taskId), args);
      await scene.stop(arn);
      await scene.until(arn, 'STOPPED');
      assert.deepEqual(await filesWith(dataDir, written), []);
      assert.deepEqual(await processesWith(written), []);
    });
  }
});

/** On that file system alone; what lies in `disks` are sparse images, to be searched where they are mounted. */
async function filesWith(directory: string, texts: readonly string[]): Promise<string[]> {
  const patterns = texts.flatMap((text) => ['-e', text]);
  const search = [
    '-xdev',
    '-type',
    'f',
    '!',
    '-path',
    `${directory}/disks/*`,
    '-exec',
    'grep',
    '-laF',
    ...patterns,
    '{}',
    '+',
  ];
  try {
    const { stdout } = await promisify(execFile)('find', [directory, ...search], { maxBuffer: 1e7 });
    return stdout.split('\n').filter((line) => line !== '');
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    // grep ends with 1 where it finds nothing; files of a live system go away while it looks.
    assert.ok(code === 1, stderr);
    return (stdout ?? '').split('\n').filter((line) => line !== '');
  }
}

/** Whose arguments or environment have one of the texts; not this process, which made them. */
async function processesWith(texts: readonly string[]): Promise<{ cgroup: string; args: string }[]> {
  const found: { cgroup: string; args: string }[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    const [args, environment, cgroup] = await Promise.all([read('cmdline'), read('environ'), read('cgroup')]);
    if (texts.some((text) => args.includes(text) || environment.includes(text))) found.push({ cgroup, args });
  }
  return found;
}

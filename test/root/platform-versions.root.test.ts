/** 1.3.0 and 1.4.0 side by side on one machine: each difference that one machine can show. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Task } from '@aws-sdk/client-ecs';
import { buildSampleImage } from '../../src/cli/sample-image/sample.ts';
import { hasCode } from '../support/neargate/api-error.ts';
import { freezeShim } from '../support/neargate/faults.ts';
import { Scene } from '../support/neargate/scene.ts';
import { FakeRegistry } from '../support/registry/fake-registry.ts';

const VERSIONS = ['1.3.0', '1.4.0'] as const;
type Version = (typeof VERSIONS)[number];
const FAKE_NAME = 'fake.test:5001';
const RUNTIME_TIMEOUT = '5s';

/** What each version makes of the same thing. */
type Both<T> = Readonly<Record<Version, T>>;

const HALF_MIB_TASK = { cpu: '256', memory: '512' };
/** What 1.3.0 does not have; 1.4.0 takes it. */
const NEWER: {
  readonly name: string;
  readonly container?: Partial<ContainerDefinition>;
  readonly definition?: Partial<RegisterTaskDefinitionCommandInput>;
}[] = [
  {
    name: 'an EFS volume',
    definition: { volumes: [{ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-12345678' } }] },
  },
  { name: 'SYS_PTRACE', container: { linuxParameters: { capabilities: { add: ['SYS_PTRACE'] } } } },
  { name: 'pidMode task', definition: { pidMode: 'task' } },
  {
    name: 'system controls',
    container: { systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }] },
  },
  {
    name: 'environment files',
    container: { environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::b/k.env' }] },
  },
  {
    name: 'a JSON key of a secret',
    container: {
      secrets: [
        { name: 'K', valueFrom: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:s-abcdef:k::' },
      ],
    },
  },
  { name: 'a size of the disk', definition: { ephemeralStorage: { sizeInGiB: 30 } } },
  { name: '8 vCPU', definition: { cpu: '8192', memory: '16384' } },
];

describe('The platform versions 1.3.0 and 1.4.0', () => {
  let scene: Scene;
  let registry: FakeRegistry;
  let directory: string;

  before(async () => {
    registry = await FakeRegistry.start();
    registry.add(await buildSampleImage('/bin/busybox'), 'late');
    directory = await mkdtemp(join(tmpdir(), 'neargate-versions-'));
    const secretsFile = join(directory, 'secrets.json');
    await writeFile(secretsFile, '{"s": {"k": "v"}}', { mode: 0o600 });
    scene = await Scene.start([
      ...['--runtime-timeout', RUNTIME_TIMEOUT, '--secrets-file', secretsFile],
      ...['--registries', `${FAKE_NAME}=${registry.host}`],
    ]);
  });

  after(async () => {
    await scene?.close();
    await registry?.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Runs the definition on both versions at the same time. */
  const onBoth = async <T>(definition: string, look: (arn: string) => Promise<T>): Promise<Both<T>> => {
    const [older, newer] = await Promise.all(
      VERSIONS.map(async (platformVersion) => look(await scene.run(definition, { platformVersion }))),
    );
    return { '1.3.0': older as T, '1.4.0': newer as T };
  };
  const script = (words: string): Promise<string> =>
    scene.register([scene.container('probe', { command: ['sh', '-c', words] })], HALF_MIB_TASK);
  const output = async (arn: string): Promise<string[]> => {
    await scene.until(arn, 'STOPPED');
    return scene.output(arn, 'probe');
  };

  it('are named in the answers, with the family', async () => {
    const seen = await onBoth(await script('true'), (arn) => scene.until(arn, 'STOPPED'));
    for (const version of VERSIONS) {
      const { platformVersion, platformFamily }: Task = seen[version];
      assert.deepEqual([platformVersion, platformFamily], [version, 'Linux']);
    }
  });

  it('are chosen by number, and LATEST is the newer one', async () => {
    const definition = await script('true');
    for (const platformVersion of [undefined, 'LATEST']) {
      const arn = await scene.run(definition, platformVersion === undefined ? {} : { platformVersion });
      assert.equal((await scene.describe(arn)).platformVersion, '1.4.0');
      await scene.until(arn, 'STOPPED');
    }
    await assert.rejects(scene.run(definition, { platformVersion: '1.4' }), (error) =>
      hasCode(error, 'PlatformUnknownException', 'The specified platform does not exist.'),
    );
  });

  it('give interfaces of 1500 and of 9001 bytes', async () => {
    const seen = await onBoth(await script('cat /sys/class/net/eth1/mtu'), output);
    assert.deepEqual(seen, { '1.3.0': ['1500'], '1.4.0': ['9001'] });
  });

  it('let a process open 4096 files at most, and as many as the machine allows', async () => {
    const seen = await onBoth(await script('ulimit -n; ulimit -Hn'), output);
    assert.deepEqual(seen['1.3.0'], ['1024', '4096']);
    const [soft, hard] = seen['1.4.0'];
    assert.equal(soft, hard);
    assert.ok(Number(hard) > 4096 && Number(hard) <= 65_535, hard);
  });

  it('give one disk of 20 GiB for all, and one of 10 GiB beside one of 4 GiB for volumes', async () => {
    const probe = scene.container('probe', {
      mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }],
      command: [
        'sh',
        '-c',
        `df -P -m / /v | tail -n 2 | tr -s ' ' | cut -d' ' -f2
         for size in 256M 1M; do while fallocate -l $size /v/$((n=n+1)) 2>/dev/null; do :; done; done
         dd if=/dev/zero of=/v/rest bs=64k 2>&1 | grep -o 'No space left on device'
         dd if=/dev/zero of=/more bs=1M count=64 2>&1 | grep -o -e "64+0 records out" -e "No space left on device"`,
      ],
    });
    const definition = await scene.register([probe], { ...HALF_MIB_TASK, volumes: [{ name: 'v' }] });
    const seen = await onBoth(definition, output);
    const sizes = (lines: string[]): number[] =>
      lines.slice(0, 2).map((mib) => Math.round(Number(mib) / 102.4) / 10);
    assert.deepEqual(sizes(seen['1.3.0']), [10, 4]);
    assert.deepEqual(sizes(seen['1.4.0']), [20, 20]);
    const full = 'No space left on device';
    assert.deepEqual(seen['1.3.0'].slice(2), [full, '64+0 records out']);
    assert.deepEqual(seen['1.4.0'].slice(2), [full, full]);
  });

  for (const { name, container = {}, definition = {} } of NEWER) {
    it(`differ in ${name}, which only 1.4.0 has`, async () => {
      const probe = scene.container('probe', { command: ['true'], ...container });
      const arn = await scene.register([probe], definition);
      await assert.rejects(scene.run(arn, { platformVersion: '1.3.0' }), (error) =>
        hasCode(
          error,
          'PlatformTaskDefinitionIncompatibilityException',
          'One or more of the requested capabilities are not supported.',
        ),
      );
      // What becomes of it is said elsewhere: it is taken.
      const task = await scene.run(arn, { platformVersion: '1.4.0' });
      await scene.stop(task);
      await scene.until(task, 'STOPPED');
    });
  }

  it('name a runtime that does not answer DockerTimeoutError and ContainerRuntimeTimeoutError', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    registry.rule({ when: /^HEAD \/v2\/late\/manifests/, answer: { after: released } });
    const definition = await scene.register([
      scene.container('first', { command: ['sh', '-c', 'echo ready; sleep 600'], stopTimeout: 2 }),
      scene.container('late', { image: `${FAKE_NAME}/late:latest` }),
    ]);
    const tasks = await onBoth(definition, async (arn) => {
      await scene.outputWith(arn, 'first', /^ready$/);
      await freezeShim(scene.neargate.dataDir, arn);
      return arn;
    });
    release();
    const reason = async (arn: string) => (await scene.until(arn, 'STOPPED')).stoppedReason;
    const [older, newer] = await Promise.all([reason(tasks['1.3.0']), reason(tasks['1.4.0'])]);
    const seen = { '1.3.0': older, '1.4.0': newer };
    const words = 'Could not transition to running; timed out after waiting 5s: context deadline exceeded';
    assert.deepEqual(seen, {
      '1.3.0': `DockerTimeoutError: ${words}`,
      '1.4.0': `ContainerRuntimeTimeoutError: ${words}`,
    });
  });

  it('name what they cannot begin CannotCreateContainerError alone, and with ResourceInitializationError', async () => {
    const definition = await scene.register([scene.container('probe', { user: 'nobody-knows' })]);
    const seen = await onBoth(definition, async (arn) => (await scene.until(arn, 'STOPPED')).stoppedReason);
    const words =
      'unable to create new container: unable to find user nobody-knows: no matching entries in passwd file';
    assert.deepEqual(seen, {
      '1.3.0': `CannotCreateContainerError: ${words}`,
      '1.4.0': `CannotCreateContainerError: ResourceInitializationError: ${words}`,
    });
  });
});

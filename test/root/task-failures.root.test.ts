/** Every failure that users know from Fargate, made by its real cause, told by DescribeTasks, with nothing left. */
import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Task } from '@aws-sdk/client-ecs';
import { buildImage, buildIndex, buildLayer } from '../../src/cli/sample-image/image.ts';
import { buildSampleImage } from '../../src/cli/sample-image/sample.ts';
import { file } from '../../src/cli/sample-image/tar.ts';
import { isRunning } from '../../src/linux/process-identity.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { containerdAnswers, freezeShim, killContainerd } from '../support/neargate/faults.ts';
import { type Runtime, RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';
import { FakeRegistry } from '../support/registry/fake-registry.ts';

const FAKE_NAME = 'fake.test:5001';
const DOWN_NAME = 'down.test:5002';
const RUNTIME_TIMEOUT = '5s';
const LOOP = ['sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'];

interface Failure {
  readonly name: string;
  readonly container: Partial<ContainerDefinition>;
  readonly definition?: Partial<RegisterTaskDefinitionCommandInput>;
  readonly stopCode?: string;
  /** What stoppedReason says, whole or as a pattern. */
  readonly says: string | RegExp;
  /** What the container's reason says, where it is not the same. */
  readonly container_says?: string | RegExp | undefined;
  readonly exitCode?: number;
  /** Before the runtime comes in: the same with each. */
  readonly isEarly?: true;
  /** Takes long, so it begins before all others. */
  readonly isSlow?: true;
}

describe('A task that fails', { concurrency: RUNTIMES.length }, () => {
  for (const runtime of RUNTIMES)
    describe(`with ${runtime}`, { concurrency: 1 }, () => {
      let scene: Scene;
      let registry: FakeRegistry;

      before(async () => {
        registry = await FakeRegistry.start();
        scene = await Scene.start([
          ...['--registries', `${FAKE_NAME}=${registry.host}`],
          ...['--registries', `${DOWN_NAME}=127.0.0.1:1`],
          ...['--runtime-timeout', RUNTIME_TIMEOUT, '--runtimes', runtime],
        ]);
        await fillRegistry(registry);
        for (const row of failures(fake, runtime)) {
          if (row.isSlow) begun.set(row.name, await run(row.container, row.definition));
        }
      });

      after(async () => {
        await scene?.close();
        await registry?.close();
      });

      const begun = new Map<string, string>();
      const run = async (
        container: Partial<ContainerDefinition>,
        definition: Partial<RegisterTaskDefinitionCommandInput> = {},
      ): Promise<string> => scene.run(await scene.register([scene.container('main', container)], definition));

      /** The stopped task, of which the machine has nothing any more. */
      const stopped = async (arn: string): Promise<Task> => {
        const task = await scene.until(arn, 'STOPPED');
        await containerdAnswers(scene.neargate.dataDir);
        const left = ofTask(await takeCensus(scene.neargate.dataDir), arn);
        assert.deepEqual(left, [], await scene.neargate.agentLog());
        return task;
      };

      const fake = (repository: string): string => `${FAKE_NAME}/${repository}:latest`;

      it('because its disk is full while its image is pulled says no space left on device', async () => {
        let release = (): void => undefined;
        const released = new Promise<void>((resolve) => (release = resolve));
        registry.rule({ when: /^HEAD \/v2\/late\/manifests/, answer: { after: released } });
        const filler = scene.container('filler', {
          command: [
            'sh',
            '-c',
            'while fallocate -l 1G /fill-$((n=n+1)); do :; done; dd if=/dev/zero of=/rest bs=64k; echo full; sleep 600',
          ],
          stopTimeout: 2,
        });
        const late = scene.container('late', { image: fake('late') });
        const arn = await scene.run(await scene.register([filler, late]));
        await scene.outputWith(arn, 'filler', /^full$/);
        release();
        const task = await stopped(arn);
        matches(
          task.stoppedReason,
          /^CannotPullContainerError: failed to extract image sha256:[0-9a-f]{64}: no space left on device$/,
        );
      });

      it('because its runtime does not answer says ContainerRuntimeTimeoutError', async () => {
        const { arn, release } = await halfStarted(scene, registry, 'frozen', fake('frozen'));
        const shim = await freezeShim(scene.neargate.dataDir, arn);
        release();
        const task = await stopped(arn);
        matches(
          task.stoppedReason,
          /^ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 5s: /,
        );
        assert.equal(await isRunning(shim), false);
      });

      it('because containerd dies while it makes a container says ContainerRuntimeError, and the next one runs', async () => {
        const { arn, release } = await halfStarted(scene, registry, 'killed', fake('killed'));
        // Its container is being made for as long as the shim does not answer.
        const shim = await freezeShim(scene.neargate.dataDir, arn);
        release();
        await scene.untilTask(arn, ({ pullStoppedAt }) => pullStoppedAt !== undefined);
        await killContainerd(scene.neargate.dataDir);
        const task = await stopped(arn);
        matches(task.stoppedReason, /^ContainerRuntimeError: /);
        assert.equal(await isRunning(shim), false);
        const next = await run({ command: ['true'] });
        assert.equal((await stopped(next)).containers?.[0]?.exitCode, 0);
      });

      it('because its container cannot be killed says CannotStopContainerError', async () => {
        const arn = await run({ command: LOOP, stopTimeout: 2 });
        await scene.outputWith(arn, 'main', /^ready$/);
        const shim = await freezeShim(scene.neargate.dataDir, arn);
        await scene.stop(arn, 'enough');
        const task = await stopped(arn);
        assert.equal(task.stoppedReason, 'enough');
        matches(
          task.containers?.[0]?.reason,
          /^CannotStopContainerError: failed sending SIGKILL to container: /,
        );
        assert.equal(await isRunning(shim), false);
      });

      it('because of the agent itself says InternalError', async () => {
        const output = join(scene.neargate.dataDir, 'output');
        await rename(output, `${output}.away`);
        await writeFile(output, 'not a directory');
        try {
          const task = await scene.until(await run({ command: ['true'] }), 'STOPPED');
          matches(task.stoppedReason, /^InternalError: /);
        } finally {
          await rm(output);
          await rename(`${output}.away`, output);
        }
      });

      it('by the user’s wish says so, with his words or without', async () => {
        for (const [given, says] of [
          ['maintenance', 'maintenance'],
          [undefined, 'Task stopped by user'],
        ] as const) {
          const arn = await run({ command: LOOP });
          await scene.until(arn, 'RUNNING');
          await scene.stop(arn, given);
          const task = await stopped(arn);
          assert.deepEqual([task.stopCode, task.stoppedReason], ['UserInitiated', says]);
        }
      });

      it('because memory of the task is used up by two containers says which one was killed', async () => {
        const hold = 'dd if=/dev/zero of=/dev/shm/x bs=1M count=60';
        const eat = `${hold}; until [ -e /v/held ]; do sleep 0.1; done; exec dd if=/dev/zero of=/dev/null bs=450M count=1`;
        const mountPoints = [{ sourceVolume: 'v', containerPath: '/v' }];
        const containers = [
          scene.container('eater', { command: ['sh', '-c', eat], mountPoints }),
          scene.container('holder', {
            command: ['sh', '-c', `${hold}; touch /v/held; sleep 600`],
            ...{ stopTimeout: 2, essential: false, mountPoints },
          }),
        ];
        const arn = await scene.run(await scene.register(containers, { volumes: [{ name: 'v' }] }));
        const task = await stopped(arn);
        assert.equal(task.stopCode, 'EssentialContainerExited');
        const [eater] = task.containers ?? [];
        assert.equal(eater?.exitCode, 137);
        assert.equal(eater?.reason, 'OutOfMemoryError: Container killed due to memory usage');
      });

      const rows = failures(fake, runtime);
      for (const row of [...rows.filter(({ isSlow }) => !isSlow), ...rows.filter(({ isSlow }) => isSlow)]) {
        it(row.name, async () => {
          const task = await stopped(begun.get(row.name) ?? (await run(row.container, row.definition)));
          const [main] = task.containers ?? [];
          assert.equal(task.stopCode, row.stopCode ?? 'TaskFailedToStart');
          matches(task.stoppedReason, row.says);
          assert.equal(main?.exitCode, row.exitCode);
          if ('container_says' in row) matches(main?.reason, row.container_says);
        });
      }
    });
});

function failures(fake: (repository: string) => string, runtime: Runtime): Failure[] {
  const pull = 'CannotPullContainerError: pull image manifest has been retried';
  const start =
    'CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: ';
  const runc = `${start}failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: `;
  const runsc = `${start}OCI runtime start failed: starting container: starting root container: starting sandbox: `;
  const rows: Failure[] = [
    {
      isEarly: true,
      name: 'because its registry is down says so',
      container: { image: `${DOWN_NAME}/app:1` },
      says: new RegExp(
        `^${pull} \\d time\\(s\\): failed to resolve ref ${DOWN_NAME}/app:1: failed to do request: Head "http://${DOWN_NAME}/v2/app/manifests/1": `,
      ),
    },
    {
      isEarly: true,
      name: 'because its registry wants a user says 401',
      container: { image: fake('private') },
      says: new RegExp(`^${pull} 1 time\\(s\\): failed to resolve ref .*401 Unauthorized`),
    },
    {
      isEarly: true,
      name: 'because its image is not there says not found',
      container: { image: fake('nothing') },
      says: `${pull} 1 time(s): failed to resolve ref ${fake('nothing')}: ${fake('nothing')}: not found`,
    },
    {
      isEarly: true,
      name: 'because its registry limits pulls says toomanyrequests',
      container: { image: fake('limited') },
      says: new RegExp(`^${pull} \\d time\\(s\\): .*429 Too Many Requests - toomanyrequests$`),
    },
    {
      isEarly: true,
      name: 'because its registry is broken says 500',
      container: { image: fake('broken') },
      says: new RegExp(`^${pull} 5 time\\(s\\): .*500 Internal Server Error`),
    },
    {
      isEarly: true,
      name: 'because its registry never answers says that it waited',
      container: { image: fake('hanging') },
      isSlow: true,
      says: new RegExp(`^${pull} \\d time\\(s\\): .*net/http: timeout awaiting response headers`),
    },
    {
      isEarly: true,
      name: 'because its registry cuts each layer short says unexpected EOF',
      container: { image: fake('cut') },
      says: /^CannotPullContainerError: ref pull has been retried \d+ time\(s\): failed to copy: httpReadSeeker: failed read: unexpected EOF$/,
    },
    {
      isEarly: true,
      name: 'because a layer is not what its digest says names the layer',
      container: { image: fake('corrupted') },
      says: /^CannotPullContainerError: ref pull has been retried 1 time\(s\): failed commit on ref "layer-sha256:[0-9a-f]{64}": /,
    },
    {
      isEarly: true,
      name: 'because its image is for another architecture names the one that is wanted',
      container: { image: fake('foreign') },
      says: `${pull} 1 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'`,
    },
    {
      name: 'because its program is not there has no exit code',
      container: { command: ['no-such-thing'] },
      says:
        runtime === 'runc'
          ? `${runc}exec: "no-such-thing": executable file not found in $PATH: unknown`
          : `${runsc}error finding executable "no-such-thing" in PATH [/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin]: no such file or directory: unknown`,
      container_says: /^CannotStartContainerError: /,
    },
    {
      name: 'because its program may not be executed says permission denied',
      container: { command: ['/etc/passwd'] },
      says:
        runtime === 'runc'
          ? `${runc}exec: "/etc/passwd": permission denied: unknown`
          : `${runsc}creating process: failed to load /etc/passwd: permission denied: unknown`,
    },
    {
      name: 'because its user is not in its image cannot be created',
      container: { user: 'nobody-knows' },
      says: 'CannotCreateContainerError: ResourceInitializationError: unable to create new container: unable to find user nobody-knows: no matching entries in passwd file',
    },
    {
      isEarly: true,
      name: 'because its log group is not there says what could not be made',
      container: {
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/nothing',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'x',
          },
        },
      },
      says: /^ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist\./,
      container_says: undefined,
    },
    {
      isEarly: true,
      name: 'because its secret is not there says so',
      container: { secrets: [{ name: 'KEY', valueFrom: 'nothing' }] },
      says: /^ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time\(s\): invalid ssm parameters: nothing$/,
    },
    {
      isEarly: true,
      name: 'because it asks for a machine that is not there never begins',
      container: {},
      definition: { runtimePlatform: { cpuArchitecture: process.arch === 'arm64' ? 'X86_64' : 'ARM64' } },
      says: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    },
    {
      name: 'because its essential container ended says so, with the exit code',
      container: { command: ['sh', '-c', 'exit 3'] },
      stopCode: 'EssentialContainerExited',
      says: 'Essential container in task exited',
      exitCode: 3,
    },
    {
      name: 'by a segmentation fault has exit code 139',
      container: { command: ['sh', '-c', 'kill -SEGV $$'], linuxParameters: { initProcessEnabled: true } },
      stopCode: 'EssentialContainerExited',
      says: 'Essential container in task exited',
      exitCode: 139,
    },
    {
      name: 'because its container’s memory is used up says OutOfMemoryError and 137',
      container: { command: ['sh', '-c', 'dd if=/dev/zero of=/dev/null bs=200M'], memory: 32 },
      stopCode: 'EssentialContainerExited',
      says: 'Essential container in task exited',
      container_says: 'OutOfMemoryError: Container killed due to memory usage',
      exitCode: 137,
    },
  ];
  return rows.filter(({ isEarly }) => runtime === 'runc' || isEarly !== true);
}

/** Images of all kinds, and rules for those that are not to be had. */
async function fillRegistry(registry: FakeRegistry): Promise<void> {
  const image = await buildSampleImage('/bin/busybox');
  for (const repository of [
    'private',
    'limited',
    'broken',
    'hanging',
    'cut',
    'corrupted',
    'late',
    'frozen',
    'killed',
  ]) {
    registry.add(buildImage({ layers: [ownLayer(repository)], config: { Cmd: ['own'] } }), repository);
  }
  registry.add(image, 'sample');
  const corrupted = ownLayer('corrupted');
  const arm = buildImage({
    layers: [buildLayer([file('a', 'a')])],
    platform: { os: 'linux', architecture: 'arm64' },
  });
  registry.add(buildIndex([arm]), 'foreign');
  registry.rule({ when: / \/v2\/private\//, answer: { status: 401, headers: {}, body: '' } });
  registry.rule({ when: / \/v2\/limited\//, answer: { status: 429 } });
  registry.rule({ when: / \/v2\/broken\//, answer: { status: 500 } });
  registry.rule({ when: / \/v2\/hanging\//, answer: 'hang' });
  registry.rule({ when: /^GET \/v2\/cut\/blobs\//, answer: { cutAfter: 0 } });
  registry.rule({
    when: new RegExp(`^GET /v2/corrupted/blobs/${corrupted.descriptor.digest}`),
    answer: { status: 200, body: 'x'.repeat(corrupted.descriptor.size) },
  });
}

function ownLayer(repository: string): ReturnType<typeof buildLayer> {
  return buildLayer([file('own', repository.repeat(5000))]);
}

/** A task whose first container runs while its second one's image is being asked for. */
async function halfStarted(
  scene: Scene,
  registry: FakeRegistry,
  repository: string,
  image: string,
): Promise<{ arn: string; release: () => void }> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  registry.rule({ when: new RegExp(`^HEAD /v2/${repository}/manifests`), answer: { after: released } });
  const first = scene.container('first', { command: LOOP, stopTimeout: 2 });
  const second = scene.container('second', { image, command: ['x'] });
  const arn = await scene.run(await scene.register([first, second]));
  await scene.outputWith(arn, 'first', /^ready$/);
  return { arn, release };
}

function matches(said: string | undefined, expected: string | RegExp | undefined): void {
  if (expected instanceof RegExp) assert.match(said ?? '', expected);
  else assert.equal(said, expected);
}

/** What a container definition says of its process, seen from inside a real container. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { buildSampleImage } from '../../src/cli/sample-image/sample.ts';
import { FakeRegistry } from '../support/registry/fake-registry.ts';
import { itWith, RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';
import { S3_ACCESS_KEY, type S3Server, startS3Server } from '../support/s3/s3-server.ts';

const PRIVATE_NAME = 'private.test:5001';
const REGISTRY_USER = { username: 'puller', password: 'of images' };
const STATUS = "grep -E '^Cap(Prm|Eff|Bnd)' /proc/1/status; echo done";

describe('A container’s process', { concurrency: RUNTIMES.length }, () => {
  for (const runtime of RUNTIMES)
    describe(`with ${runtime}`, { concurrency: 1 }, () => {
      let scene: Scene;
      let s3: S3Server;
      let registry: FakeRegistry;
      let directory: string;

      before(async () => {
        directory = await mkdtemp(join(tmpdir(), 'neargate-inputs-'));
        const files = { 'a.env': 'FROM_FILE=a\nBOTH=file\n# no\nQUOTED="q"', 'b.env': 'FROM_FILE=b\nB=b' };
        s3 = await startS3Server({ buckets: { config: files } });
        const keys = join(directory, 'keys');
        const profile = `[default]\naws_access_key_id = ${S3_ACCESS_KEY.accessKeyId}\naws_secret_access_key = ${S3_ACCESS_KEY.secretAccessKey}\n`;
        await writeFile(keys, profile, { mode: 0o600 });
        const secrets = {
          '/app/key': 'the parameter',
          db: { user: 'u', port: 5432 },
          registry: REGISTRY_USER,
        };
        await writeFile(join(directory, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
        registry = await FakeRegistry.start({
          auth: { scheme: 'basic', ...REGISTRY_USER },
        });
        registry.add(await buildSampleImage('/bin/busybox'), 'app');
        scene = await Scene.start([
          ...['--runtimes', runtime],
          ...['--registries', `${PRIVATE_NAME}=${registry.host}`],
          ...['--s3-endpoint', s3.url.origin, '--s3-credentials-file', keys],
          ...['--secrets-file', join(directory, 'secrets.json')],
        ]);
      });

      after(async () => {
        await scene?.close();
        await s3?.close();
        await registry?.close();
        await rm(directory, { recursive: true, force: true });
      });

      /** What a shell script in a container of this definition wrote, once it has ended. */
      const output = async (
        script: string,
        container: Partial<ContainerDefinition> = {},
        definition: Partial<RegisterTaskDefinitionCommandInput> = {},
      ): Promise<string[]> => {
        const probe = scene.container('probe', { command: ['sh', '-c', script], ...container });
        const arn = await scene.run(await scene.register([probe], definition));
        await scene.until(arn, 'STOPPED');
        return scene.output(arn, 'probe');
      };

      it('is the entry point with the command', async () => {
        const container = { entryPoint: ['sh', '-c', 'echo "$0" "$@"'], command: ['one', 'two words'] };
        assert.deepEqual(await output('', container), ['one two words']);
      });

      it('begins in the working directory, which is made', async () => {
        assert.deepEqual(await output('pwd', { workingDirectory: '/srv/app' }), ['/srv/app']);
      });

      it('runs as the user, in all the forms that one is written in', async () => {
        const forms: [string, string][] = [
          ['app', 'uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)'],
          ['1000', 'uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)'],
          ['1000:0', 'uid=1000(app) gid=0(root) groups=0(root)'],
          ['app:extra', 'uid=1000(app) gid=2000(extra) groups=2000(extra)'],
          ['4711:4712', 'uid=4711 gid=4712 groups=4712'],
        ];
        const seen = await Promise.all(forms.map(async ([user]) => (await output('id', { user }))[0]));
        assert.deepEqual(
          seen,
          forms.map(([, expected]) => expected),
        );
      });

      it('has variables of the platform, of secrets, of the definition and of files, the first of these winning', async () => {
        const environment = [
          { name: 'PLAIN', value: 'p' },
          { name: 'BOTH', value: 'definition' },
          { name: 'AWS_REGION', value: 'mine' },
        ];
        const secret = `arn:aws:secretsmanager:us-east-1:${scene.neargate.info.account}:secret:db-a1B2c3`;
        const lines = await output('env', {
          environment,
          environmentFiles: ['a', 'b'].map((name) => ({
            type: 's3',
            value: `arn:aws:s3:::config/${name}.env`,
          })),
          secrets: [
            { name: 'PARAMETER', valueFrom: '/app/key' },
            { name: 'USER_KEY', valueFrom: `${secret}:user::` },
            { name: 'PORT_KEY', valueFrom: `${secret}:port::` },
          ],
        });
        const found = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
        const { PLAIN, BOTH, FROM_FILE, B, QUOTED, PARAMETER, USER_KEY, PORT_KEY, AWS_REGION } = found;
        assert.deepEqual(
          { PLAIN, BOTH, FROM_FILE, B, QUOTED, PARAMETER, USER_KEY, PORT_KEY, AWS_REGION },
          {
            PLAIN: 'p',
            BOTH: 'definition',
            FROM_FILE: 'a',
            B: 'b',
            QUOTED: '"q"',
            PARAMETER: 'the parameter',
            USER_KEY: 'u',
            PORT_KEY: '5432',
            AWS_REGION: 'us-east-1',
          },
        );
      });

      it('is of an image that only the user of its repositoryCredentials may pull', async () => {
        const image = `${PRIVATE_NAME}/app:latest`;
        const credentials = (name: string) => ({
          image,
          repositoryCredentials: {
            credentialsParameter: `arn:aws:secretsmanager:us-east-1:${scene.neargate.info.account}:secret:${name}-a1B2c3`,
          },
        });
        assert.deepEqual(await output('echo pulled', credentials('registry')), ['pulled']);
        const { ARN } = await scene.neargate.secretsManager.send(
          new CreateSecretCommand({ Name: 'managed', SecretString: JSON.stringify(REGISTRY_USER) }),
        );
        const managed = { image, repositoryCredentials: { credentialsParameter: ARN } };
        assert.deepEqual(await output('echo pulled', managed), ['pulled']);
        const arn = await scene.run(await scene.register([scene.container('probe', credentials('db'))]));
        const task = await scene.until(arn, 'STOPPED');
        assert.match(
          task.stoppedReason ?? '',
          /^ResourceInitializationError: unable to pull secrets or registry auth: /,
        );
      });

      it('does not start without its environment file, and says why', async () => {
        const environmentFiles = [{ type: 's3' as const, value: 'arn:aws:s3:::config/nothing.env' }];
        const arn = await scene.run(await scene.register([scene.container('probe', { environmentFiles })]));
        const task = await scene.until(arn, 'STOPPED');
        assert.equal(
          task.stoppedReason,
          'ResourceInitializationError: failed to download env files: file download command: non empty error stream: unable to download env file with key nothing.env from bucket config, error: NoSuchKey: The specified key does not exist.',
        );
      });

      it('cannot write to its root file system where that is read-only, but to its own memory', async () => {
        const lines = await output('touch /x 2>&1; touch /dev/shm/x && echo shm', {
          readonlyRootFilesystem: true,
        });
        assert.match(lines[0] ?? '', /Read-only file system/);
        assert.equal(lines[1], 'shm');
      });

      it('has a terminal where it asks for one, and its output arrives', async () => {
        const lines = await output('test -t 1 && echo "a terminal on $TERM"', { pseudoTerminal: true });
        assert.match(lines[0] ?? '', /^a terminal on xterm/);
        assert.deepEqual(await output('test -t 1 || echo none'), ['none']);
      });

      it('has a standard input that stays open where it is interactive, and none otherwise', async () => {
        const read = 'exec 2>/dev/null; timeout 1 cat >/dev/null; echo "$?"';
        assert.deepEqual(await output(read), ['0']);
        assert.deepEqual(await output(read, { interactive: true }), ['143']);
      });

      it('has the limits of its definition, as far as the machine allows', async () => {
        const lines = await output('ulimit -c; ulimit -n; ulimit -Hn', {
          ulimits: [
            { name: 'core', softLimit: 0, hardLimit: 0 },
            { name: 'nofile', softLimit: 2000, hardLimit: 3000 },
          ],
        });
        assert.deepEqual(lines, ['0', '2000', '3000']);
      });

      itWith(runtime, 'system-controls')(
        'sees the system controls of its definition; those of the network are the whole task’s',
        async () => {
          const read = 'cat /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax';
          const systemControls = [
            { namespace: 'net.core.somaxconn', value: '777' },
            { namespace: 'kernel.msgmax', value: '9999' },
          ];
          const arn = await scene.run(
            await scene.register([
              scene.container('one', { command: ['sh', '-c', read], systemControls, essential: false }),
              scene.container('two', {
                command: ['sh', '-c', read],
                dependsOn: [{ containerName: 'one', condition: 'COMPLETE' }],
              }),
            ]),
          );
          await scene.until(arn, 'STOPPED');
          assert.deepEqual(await scene.output(arn, 'one'), ['777', '9999']);
          const [somaxconn, msgmax] = await scene.output(arn, 'two');
          assert.equal(somaxconn, '777');
          assert.notEqual(msgmax, '9999');
        },
      );

      it('is the child of an init where it asks for one, which reaps orphans', async () => {
        const script =
          'tr "\\0" " " < /proc/1/cmdline; echo; (sleep 0.1 & ) ; sleep 2; ps -o stat,comm | grep -c Z';
        const [first, zombies] = await output(script, { linuxParameters: { initProcessEnabled: true } });
        assert.match(first ?? '', /^\/sbin\/docker-init -- sh -c /);
        assert.equal(zombies, '0');
      });

      itWith(runtime, 'raw-sockets')(
        'holds the capabilities of Docker, less what it drops, with SYS_PTRACE where it adds that',
        async () => {
          const masks = async (capabilities?: { add?: string[]; drop?: string[] }): Promise<string[]> => {
            const parameters = capabilities === undefined ? {} : { linuxParameters: { capabilities } };
            const lines = await output(STATUS, parameters);
            return [
              ...new Set(
                lines.filter((line) => line.startsWith('Cap')).map((line) => line.split(/\s+/)[1] ?? ''),
              ),
            ];
          };
          assert.deepEqual(await masks(), ['00000000a80425fb']);
          assert.deepEqual(await masks({ add: ['SYS_PTRACE'] }), ['00000000a80c25fb']);
          assert.deepEqual(await masks({ drop: ['NET_RAW', 'MKNOD'] }), ['00000000a00405fb']);
          assert.deepEqual(await masks({ drop: ['ALL'] }), ['0000000000000000']);
          assert.deepEqual(await masks({ drop: ['ALL'], add: ['SYS_PTRACE'] }), ['0000000000080000']);
        },
      );

      itWith(runtime, 'host-kernel')(
        'has its share of the task’s CPU, and its own memory limit under the task’s',
        async () => {
          const read = [
            'cat /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu.weight',
            'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max',
            'cat /sys/fs/cgroup/memory/memory.soft_limit_in_bytes /sys/fs/cgroup/memory.low',
          ];
          const lines = await output(`(${read.join(';')}) 2>/dev/null`, {
            cpu: 128,
            memory: 64,
            memoryReservation: 32,
          });
          // Version 1 has shares, version 2 a weight of its own scale.
          assert.ok(lines[0] === '128' || lines[0] === '5', lines.join());
          assert.deepEqual(lines.slice(1), [String(64 * 2 ** 20), String(32 * 2 ** 20)]);
        },
      );

      it('shows its labels to the runtime, the platform’s own over those of the definition', async () => {
        const probe = scene.container('probe', {
          command: ['sleep', '60'],
          stopTimeout: 2,
          dockerLabels: { team: 'blue', 'com.amazonaws.ecs.container-name': 'not this' },
        });
        const arn = await scene.run(await scene.register([probe]));
        const task = await scene.until(arn, 'RUNNING');
        const labels = await scene.labels(task.containers?.[0]?.runtimeId ?? '');
        assert.equal(labels['team'], 'blue');
        assert.equal(labels['com.amazonaws.ecs.container-name'], 'probe');
        await scene.stop(arn);
        await scene.until(arn, 'STOPPED');
      });

      it('is what RunTask’s overrides make of it', async () => {
        const definition = await scene.register([
          scene.container('probe', {
            command: ['false'],
            environment: [
              { name: 'A', value: 'a' },
              { name: 'B', value: 'b' },
            ],
          }),
        ]);
        const arn = await scene.run(definition, {
          overrides: {
            cpu: '512',
            memory: '1024',
            containerOverrides: [
              {
                name: 'probe',
                command: ['sh', '-c', 'echo "$A $B $C $BOTH"'],
                environment: [
                  { name: 'B', value: 'over' },
                  { name: 'C', value: 'c' },
                ],
                environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::config/a.env' }],
              },
            ],
          },
        });
        const task = await scene.until(arn, 'STOPPED');
        assert.deepEqual([task.cpu, task.memory], ['512', '1024']);
        assert.deepEqual(await scene.output(arn, 'probe'), ['a over c file']);
      });
    });
});

/** Volumes of a task on its own disk: shared, read-only, lent, filled from images; and what a log router is given. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { buildLayer } from '../../src/cli/sample-image/image.ts';
import { directory, file } from '../../src/cli/sample-image/tar.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';

const SHARED: Partial<RegisterTaskDefinitionCommandInput> = { volumes: [{ name: 'shared' }] };

describe('The volumes of a task', { concurrency: RUNTIMES.length }, () => {
  for (const runtime of RUNTIMES)
    describe(`with ${runtime}`, { concurrency: 1 }, () => {
      let scene: Scene;
      /** Declares /data, which has something of its own in it, as a VOLUME. */
      let volumeImage: string;

      before(async () => {
        scene = await Scene.start(['--runtimes', runtime]);
        const layer = buildLayer([
          directory('data', { uid: 1000, gid: 1000, mode: 0o750 }),
          file('data/from-image', 'content\n', { uid: 1000, gid: 1000, mode: 0o600 }),
          directory('plain'),
          file('plain/hidden', 'x'),
        ]);
        volumeImage = await scene.push('volumes', { layers: [layer], config: { Volumes: { '/data': {} } } });
      });

      after(async () => {
        await scene?.close();
      });

      /** Runs scripts one after the other as containers of one task; resolves with what each wrote. */
      const outputs = async (
        containers: Record<string, Partial<ContainerDefinition> & { script: string }>,
        definition: Partial<RegisterTaskDefinitionCommandInput> = {},
      ): Promise<Record<string, string[]>> => {
        const names = Object.keys(containers);
        const definitions = Object.entries(containers).map(([name, { script, ...over }], index) => {
          const before_ = names[index - 1];
          return scene.container(name, {
            command: ['sh', '-c', script],
            essential: index === names.length - 1,
            ...(before_ !== undefined && {
              dependsOn: [{ containerName: before_, condition: 'COMPLETE' as const }],
            }),
            ...over,
          });
        });
        const arn = await scene.run(await scene.register(definitions, definition));
        const task = await scene.until(arn, 'STOPPED');
        assert.equal(task.stopCode, 'EssentialContainerExited', task.stoppedReason);
        assert.deepEqual(ofTask(await takeCensus(scene.neargate.dataDir), arn), []);
        const seen = await Promise.all(
          names.map(async (name) => [name, await scene.output(arn, name)] as const),
        );
        return Object.fromEntries(seen);
      };
      const mount = (containerPath: string, readOnly = false): Partial<ContainerDefinition> => ({
        mountPoints: [{ sourceVolume: 'shared', containerPath, readOnly }],
      });

      it('are shared by the containers that mount them, each where it wants', async () => {
        const seen = await outputs(
          {
            writer: { script: 'stat -c "%u %a" /out; echo hello > /out/file', ...mount('/out') },
            reader: { script: 'cat /deep/in/file', ...mount('/deep/in') },
          },
          SHARED,
        );
        assert.deepEqual(seen, { writer: ['0 755'], reader: ['hello'] });
      });

      it('cannot be written to where they are mounted read-only', async () => {
        const seen = await outputs(
          {
            writer: { script: 'echo kept > /v/file', ...mount('/v') },
            reader: { script: 'cat /v/file; echo no > /v/other', ...mount('/v', true) },
          },
          SHARED,
        );
        assert.equal(seen['reader']?.[0], 'kept');
        assert.match(seen['reader']?.[1] ?? '', /Read-only file system/);
      });

      it('are lent with volumesFrom, at the same places, read-only where it says so', async () => {
        const lender = { script: 'echo a > /v/file; echo b > /data/own', image: volumeImage, ...mount('/v') };
        const borrower = (readOnly: boolean) => ({ volumesFrom: [{ sourceContainer: 'lender', readOnly }] });
        const seen = await outputs(
          {
            lender,
            borrower: { script: 'cat /v/file /data/own /data/from-image', ...borrower(false) },
            reader: { script: 'cat /v/file; touch /v/x', ...borrower(true) },
          },
          SHARED,
        );
        assert.deepEqual(seen['borrower'], ['a', 'b', 'content']);
        assert.equal(seen['reader']?.[0], 'a');
        assert.match(seen['reader']?.[1] ?? '', /Read-only file system/);
      });

      it('begin with what the image has at its VOLUME, with owner and mode, and empty elsewhere', async () => {
        const seen = await outputs(
          {
            volume: {
              script: 'stat -c "%u %a" /data /data/from-image; ls /data',
              image: volumeImage,
              ...mount('/data'),
            },
            again: { script: 'ls /data', image: volumeImage, ...mount('/data') },
            plain: { script: 'ls -A /other; echo none', ...mount('/other') },
          },
          SHARED,
        );
        assert.deepEqual(seen['volume'], ['1000 750', '1000 600', 'from-image']);
        assert.deepEqual(seen['again'], ['from-image']);
        assert.deepEqual(seen['plain'], ['from-image', 'none'], 'the same volume, elsewhere');
        const other = await outputs(
          { plain: { script: 'ls -A /plain; echo none', image: volumeImage, ...mount('/plain') } },
          SHARED,
        );
        assert.deepEqual(other, { plain: ['none'] });
      });

      it('of an image are each container’s own without a mount point', async () => {
        const seen = await outputs({
          one: { script: 'cat /data/from-image; touch /data/one', image: volumeImage },
          two: { script: 'ls /data', image: volumeImage },
        });
        assert.deepEqual(seen, { one: ['content'], two: ['from-image'] });
      });

      it('can be written to by a container whose root is read-only, and lie on the task’s disk', async () => {
        const seen = await outputs(
          {
            probe: {
              script: 'touch /v/x && echo written; df /v | tail -1 | tr -s " " | cut -d" " -f2',
              readonlyRootFilesystem: true,
              ...mount('/v'),
            },
          },
          SHARED,
        );
        assert.equal(seen['probe']?.[0], 'written');
        const gib = Number(seen['probe']?.[1]) / 2 ** 20;
        assert.ok(gib > 19 && gib <= 20, String(gib));
      });

      it('hold the log router’s configuration, and users know where the router is', async () => {
        const arn = await scene.run(
          await scene.register([
            scene.container('router', {
              command: [
                'sh',
                '-c',
                'cat /fluent-bit/etc/fluent-bit.conf; touch /var/run/x && echo written; sleep 600',
              ],
              firelensConfiguration: { type: 'fluentbit' },
              stopTimeout: 2,
            }),
            scene.container('app', {
              command: ['sh', '-c', 'echo "$FLUENT_HOST:$FLUENT_PORT" > /tmp/where; sleep 600'],
              stopTimeout: 2,
              logConfiguration: { logDriver: 'awsfirelens', options: { Name: 'stdout' } },
              healthCheck: {
                command: ['CMD-SHELL', 'grep -qx 127.0.0.1:24224 /tmp/where'],
                interval: 5,
                retries: 1,
              },
            }),
          ]),
        );
        const lines = await scene.outputWith(arn, 'router', /^written$/);
        assert.ok(
          lines.some((line) => line.includes('/var/run/fluent.sock')),
          lines.join('\n'),
        );
        assert.ok(
          lines.some((line) => /Match\s+app-firelens\*/.test(line)),
          lines.join('\n'),
        );
        await scene.untilTask(arn, ({ containers = [] }) => {
          return containers.some(({ name, healthStatus }) => name === 'app' && healthStatus === 'HEALTHY');
        });
        await scene.stop(arn);
        await scene.until(arn, 'STOPPED');
      });
    });
});

/**
 * File systems of EFS outlive what works with them: tasks, the agent, the control plane, and the server of NFS. What was
 * acknowledged with fsync is there, whenever they are killed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Task, Volume } from '@aws-sdk/client-ecs';
import { findGanesha } from '../../src/drivers/nfs-ganesha/ganesha-process.ts';
import { serverName } from '../../src/drivers/nfs-ganesha/server-name.ts';
import { execute, type Inside } from '../support/efs/container-view.ts';
import { plainStream } from '../support/efs/mount-target-streams.ts';
import { EFS_DRIVERS } from '../support/efs/efs-drivers.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { BLUE } from '../support/efs/sharing-table.ts';
import { Scene } from '../support/neargate/scene.ts';
import { Vantage } from '../support/neargate/vantage.ts';
import { NfsClient } from '../support/nfs/nfs-client.ts';
import { nfsMissing } from '../support/nfs/nfs-scene.ts';
import { patient, unhurried } from '../../src/ports/testing/patience.ts';

/** Writes numbered files, each with its number, and notes those of which fsync says that they are on disk. */
const WRITER = `
  i=0
  while :; do
    i=$((i + 1))
    echo "content $i" | dd of=/efs/$i conv=fsync 2> /dev/null && echo $i >> /tmp/acknowledged
  done`;
/** Files that are written before and after each blow. */
const SOME = 15;
const PATIENCE_MS = patient(90_000);

for (const { driver, skip } of EFS_DRIVERS) {
  describe(`A file system of EFS, with efsDriver ${driver}`, {
    skip,
    concurrency: 1,
    timeout: patient(280_000),
  }, () => {
    let scene: Scene;
    let fileSystem: SharedFileSystem;
    let address: string;

    before(async () => {
      scene = await Scene.start(['--efs-driver', driver]);
      fileSystem = await SharedFileSystem.make(scene.neargate);
      const [subnet] = scene.neargate.info.defaultVpc.subnets;
      address = await fileSystem.addMountTarget(subnet?.subnetId ?? '');
    });

    after(async () => {
      await scene?.close();
    });

    const run = async (volume: Volume, script: string): Promise<Inside & { taskArn: string }> => {
      const definition = await scene.register(
        [
          scene.container('app', {
            command: ['sh', '-c', script],
            stopTimeout: 2,
            mountPoints: [{ sourceVolume: volume.name, containerPath: '/efs' }],
          }),
        ],
        { volumes: [volume] },
      );
      const taskArn = await scene.run(definition);
      const { containers }: Task = await scene.until(taskArn, 'RUNNING');
      const runtimeId = containers?.[0]?.runtimeId ?? assert.fail('no container');
      return { dataDir: scene.neargate.dataDir, runtimeId, taskArn };
    };
    const end = async ({ taskArn }: { taskArn: string }): Promise<void> => {
      await scene.stop(taskArn);
      await scene.until(taskArn, 'STOPPED');
    };
    const acknowledged = async (writer: Inside): Promise<string[]> => {
      const text = await execute(writer, 0, 'cat /tmp/acknowledged 2> /dev/null || true');
      return text.split('\n').filter((line) => line !== '');
    };
    const untilMore = async (writer: Inside): Promise<void> => {
      const wanted = (await acknowledged(writer)).length + SOME;
      await until(async () => (await acknowledged(writer)).length >= wanted);
    };
    /** Looked at from another task. */
    const assertAllThere = async (volume: Volume, numbers: readonly string[]): Promise<void> => {
      const reader = await run(volume, 'sleep 600');
      const missing = `for i in ${numbers.join(' ')}; do grep -qx "content $i" /efs/$i || echo $i; done`;
      assert.equal(await execute(reader, 0, missing), '');
      await end(reader);
    };

    it('outlives the tasks that wrote it', async () => {
      const volume = fileSystem.volume('files');
      const writer = await run(volume, 'echo kept > /efs/file; sleep 600');
      await until(async () => (await execute(writer, 0, 'cat /efs/file || true')) === 'kept');
      await end(writer);
      const reader = await run(volume, 'sleep 600');
      assert.equal(await execute(reader, 0, 'cat /efs/file'), 'kept');
      await end(reader);
    });

    for (const way of ['directly', 'by an access point'] as const) {
      it(`loses nothing that is written ${way} while agent and control plane are killed`, async () => {
        const point = { ...BLUE, root: '/survivor' };
        const volume =
          way === 'directly'
            ? fileSystem.volume('files')
            : fileSystem.volumeBy('files', await fileSystem.addAccessPoint(point));
        const writer = await run(volume, WRITER);
        await untilMore(writer);
        const killed = await scene.neargate.killAgent();
        await untilMore(writer);
        await until(async () => (await scene.neargate.agentPid().catch(() => killed)) !== killed);
        await scene.neargate.killControlPlane();
        await untilMore(writer);
        await scene.neargate.startAgain();
        await untilMore(writer);
        const numbers = await acknowledged(writer);
        assert.equal((await scene.describe(writer.taskArn)).lastStatus, 'RUNNING');
        await assertAllThere(volume, numbers);
        await end(writer);
      });
    }

    if (driver === 'nfs')
      it('loses nothing that a task writes while its server is killed', async () => {
        const volume = fileSystem.volume('files');
        const writer = await run(volume, WRITER);
        for (let blow = 0; blow < 3; blow += 1) {
          await untilMore(writer);
          await killServer(scene.neargate.dataDir, fileSystem.fileSystemId);
        }
        await untilMore(writer);
        await assertAllThere(volume, await acknowledged(writer));
        await end(writer);
      });

    // Whatever mounts for tasks.
    if (driver === 'local')
      it('loses nothing that a client of NFS commits while the server is killed', {
        skip: nfsMissing(),
      }, async () => {
        const task = await run(fileSystem.volume('files'), 'sleep 600');
        const { dataDir } = scene.neargate;
        const from = Vantage.inTask(dataDir, task.taskArn);
        const place = { from, address, fileSystem, dataDir };
        const client = await NfsClient.mount(await plainStream(place), { uid: 0, gid: 0 });
        await client.mkdir('/committed', 0o755);
        const committed: string[] = [];
        let isOver = false;
        /** Commits so many more, whatever happens to the server. */
        const commit = async (count: number): Promise<void> => {
          const wanted = committed.length + count;
          await until(async () => {
            if (isOver) return true;
            try {
              const number = String(committed.length + 1);
              await client.writeFile(`/committed/${number}`, `content ${number}\n`);
              committed.push(number);
            } catch {
              // The connection is gone, or the server waits for its old clients.
              await plainStream(place)
                .then((stream) => client.recover(stream))
                .catch(() => undefined);
            }
            return committed.length >= wanted;
          });
        };
        try {
          for (let blow = 0; blow < 3; blow += 1) {
            await commit(SOME);
            const writing = commit(SOME);
            await delay(20 * blow);
            await killServer(dataDir, fileSystem.fileSystemId);
            await writing;
          }
          const missing = `cd /efs/committed; for i in ${committed.join(' ')}; do grep -qx "content $i" $i || echo $i; done`;
          assert.equal(await execute(task, 0, missing), '');
        } finally {
          isOver = true;
          await client.close();
          from.close();
        }
        await end(task);
      });
  });
}

/** kill -9 of the server of the whole file system. */
async function killServer(dataDir: string, fileSystemId: string): Promise<void> {
  const view = { fileSystemId, rootDirectory: '/' };
  const name = serverName({ view, readOnly: false, squashRoot: false });
  const server = await findGanesha(join(dataDir, 'efs-servers', name));
  process.kill(server?.pid ?? assert.fail('no server'), 'SIGKILL');
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail('it never comes');
    await delay(unhurried(20));
  }
}

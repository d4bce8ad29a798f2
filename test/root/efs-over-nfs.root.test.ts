/** Tasks whose volumes of EFS are mounted by the kernel's NFS client, as on AWS. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '@aws-sdk/client-ecs';
import { hasNfsClient } from '../../src/drivers/file-systems-nfs/nfs-client.ts';
import { patient } from '../../src/ports/testing/patience.ts';
import { findGanesha } from '../../src/drivers/nfs-ganesha/ganesha-process.ts';
import { serverName } from '../../src/drivers/nfs-ganesha/server-name.ts';
import { signalProcess } from '../../src/linux/process-identity.ts';
import { containerView } from '../support/efs/container-view.ts';
import { EfsTasks } from '../support/efs/efs-tasks.ts';
import type { EfsView } from '../support/efs/efs-view.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { BLUE, DIRECTORY, differences, GREEN, PREPARATION, SHARING } from '../support/efs/sharing-table.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { Scene } from '../support/neargate/scene.ts';
import { nfsMissing } from '../support/nfs/nfs-scene.ts';

const skip = nfsMissing() || (!(await hasNfsClient()) && 'kernel: no NFS client');
const MOUNT_POINT = '/efs';

/** The kernel's client remembers for some seconds which file had a name, as it does on AWS. */
const REMEMBERED = 'whole as 0: read /team/now: two, and not ENOENT';

describe('Tasks that mount EFS over NFS', { skip, concurrency: 1 }, () => {
  let scene: Scene;
  let fileSystem: SharedFileSystem;
  let tasks: EfsTasks;

  before(async () => {
    scene = await Scene.start(['--efs-driver', 'nfs']);
    tasks = new EfsTasks(scene, MOUNT_POINT);
    fileSystem = await SharedFileSystem.make(scene.neargate);
    const [subnet] = scene.neargate.info.defaultVpc.subnets;
    await fileSystem.addMountTarget(subnet?.subnetId ?? '');
  });

  after(async () => {
    await scene?.close();
  });

  const viewIn = (task: Task, name: string): EfsView => containerView(tasks.inside(task, name), MOUNT_POINT);

  it('see and may do what their view and its user give them', async () => {
    const blue = await fileSystem.addAccessPoint(BLUE);
    const green = await fileSystem.addAccessPoint({ ...GREEN, secondaryGids: [BLUE.gid] });
    const one = await tasks.run([fileSystem.volume('whole'), fileSystem.volumeBy('blue', blue)]);
    const table = await readFile('/proc/self/mounts', 'utf8');
    const mounts = table
      .split('\n')
      .filter((line) => line.includes(` ${scene.neargate.dataDir}/nfs-mounts/`));
    const sources = mounts.map((line) => line.split(' ')[0] ?? '');
    assert.deepEqual(new Set(sources), new Set(['127.0.0.1:/', `${fileSystem.name}:/`, 'nsfs']));
    const views = { whole: viewIn(one, 'whole'), blue: viewIn(one, 'blue') };
    assert.deepEqual(await differences(PREPARATION, views), []);
    const two = await tasks.run([
      fileSystem.volume('directory', { rootDirectory: DIRECTORY }),
      fileSystem.volumeBy('green', green),
    ]);
    const all = {
      ...views,
      directory: viewIn(two, 'directory'),
      green: viewIn(two, 'green'),
    };
    const found = await differences(SHARING, all);
    assert.deepEqual(
      found.filter((words) => words !== REMEMBERED),
      [],
    );
    await tasks.end(one, two);
  });

  it('go on, and lose nothing, when the agent is killed while they write', async () => {
    const script = `i=0; while echo $i >> ${MOUNT_POINT}/$NAME; do i=$((i+1)); done; exit 7`;
    const volumes = [
      fileSystem.volume('plain'),
      fileSystem.volume('secure', { transitEncryption: 'ENABLED' }),
    ];
    const containers = volumes.map(({ name = '' }) =>
      scene.container(name, {
        command: ['sh', '-c', script],
        environment: [{ name: 'NAME', value: name }],
        stopTimeout: 2,
        mountPoints: [{ sourceVolume: name, containerPath: MOUNT_POINT }],
      }),
    );
    const taskArn = await scene.run(await scene.register(containers, { volumes }));
    await scene.until(taskArn, 'RUNNING');
    const lines = async (name: string): Promise<string[]> => {
      const path = join(scene.neargate.dataDir, 'efs', fileSystem.fileSystemId, name);
      return (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    };
    const grow = async (): Promise<void> => {
      for (const { name = '' } of volumes) {
        const began = performance.now();
        const { length } = await lines(name);
        while ((await lines(name)).length < length + 5) {
          assert.ok(performance.now() - began < patient(60_000), `${name} writes no more`);
          await sleep(50);
        }
      }
    };
    await grow();
    await scene.neargate.killAgent();
    await grow();
    for (const { name = '' } of volumes) {
      const written = await lines(name);
      assert.deepEqual(
        written,
        written.map((_, index) => String(index)),
      );
    }
    await tasks.end({ taskArn });
  });

  it('end in time when their server is silent', async () => {
    const { taskArn } = await tasks.run([fileSystem.volume('silent', { transitEncryption: 'ENABLED' })]);
    const view = { fileSystemId: fileSystem.fileSystemId, rootDirectory: '/' };
    const name = serverName({ view, readOnly: false, squashRoot: false });
    const server = await findGanesha(join(scene.neargate.dataDir, 'efs-servers', name));
    assert.ok(server !== undefined);
    await signalProcess(server, 'SIGSTOP');
    try {
      await scene.stop(taskArn);
      await scene.until(taskArn, 'STOPPED');
    } finally {
      await signalProcess(server, 'SIGCONT');
    }
    assert.deepEqual(ofTask(await takeCensus(scene.neargate.dataDir), taskArn), []);
  });
});

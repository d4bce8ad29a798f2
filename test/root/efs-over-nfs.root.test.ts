/** Tasks whose volumes of EFS are mounted by the kernel's NFS client, as on AWS. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../../src/ports/testing/patience.ts';
import { findGanesha } from '../../src/drivers/nfs-ganesha/ganesha-process.ts';
import { serverName } from '../../src/drivers/nfs-ganesha/server-name.ts';
import { signalProcess } from '../../src/linux/process-identity.ts';
import { execute } from '../support/efs/container-view.ts';
import { kernelNfsMissing } from '../support/efs/efs-drivers.ts';
import { EfsTasks } from '../support/efs/efs-tasks.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { BLUE } from '../support/efs/sharing-table.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { Scene } from '../support/neargate/scene.ts';

const MOUNT_POINT = '/efs';

/** As the kernel tells those that efs-utils sets. */
const OPTIONS = ['vers=4.1', 'rsize=1048576', 'wsize=1048576', 'hard', 'timeo=600', 'retrans=2'];

describe('Tasks that mount EFS over NFS', { skip: kernelNfsMissing, concurrency: 1 }, () => {
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

  it('have them mounted in the way that AWS recommends, and see so', async (test) => {
    const blue = await fileSystem.addAccessPoint(BLUE);
    const task = await tasks.run([fileSystem.volume('plain'), fileSystem.volumeBy('secure', blue)]);
    const sources: string[] = [];
    for (const name of ['plain', 'secure']) {
      const seen = await execute(tasks.inside(task, name), 0, `grep ' ${MOUNT_POINT} ' /proc/mounts`);
      test.diagnostic(`container ${name}: ${seen}`);
      const [source = '', , type, options = ''] = seen.split(' ');
      sources.push(source);
      assert.equal(type, 'nfs4');
      for (const option of OPTIONS) assert.ok(options.split(',').includes(option), `${option} in ${options}`);
    }
    assert.deepEqual(sources, [`${fileSystem.name}:/`, '127.0.0.1:/']);
    await tasks.end(task);
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

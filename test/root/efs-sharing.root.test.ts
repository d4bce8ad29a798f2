/**
 * Tasks that share a file system of EFS: who sees and may do what, and that what one does is there for the others, in each
 * way to mount it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { containerView, execute } from '../support/efs/container-view.ts';
import { EFS_DRIVERS, isRemembered } from '../support/efs/efs-drivers.ts';
import { EfsTasks } from '../support/efs/efs-tasks.ts';
import { perform } from '../support/efs/efs-view.ts';
import { accessPointStream, plainStream } from '../support/efs/mount-target-streams.ts';
import { NfsView } from '../support/efs/nfs-view.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { BLUE, DIRECTORY, differences, GREEN, PREPARATION, SHARING } from '../support/efs/sharing-table.ts';
import { programLayer } from '../support/images/program-layer.ts';
import { Scene } from '../support/neargate/scene.ts';
import { Vantage } from '../support/neargate/vantage.ts';
import { nfsMissing } from '../support/nfs/nfs-scene.ts';

const MOUNT_POINT = '/efs';

for (const { driver, skip } of EFS_DRIVERS) {
  describe(`Tasks that share a file system of EFS, with efsDriver ${driver}`, {
    skip,
    concurrency: 1,
  }, () => {
    let scene: Scene;
    let fileSystem: SharedFileSystem;
    let image: string;
    let tasks: EfsTasks;

    before(async () => {
      scene = await Scene.start(['--efs-driver', driver]);
      tasks = new EfsTasks(scene, MOUNT_POINT);
      fileSystem = await SharedFileSystem.make(scene.neargate);
      const [subnet] = scene.neargate.info.defaultVpc.subnets;
      await fileSystem.addMountTarget(subnet?.subnetId ?? '');
      image = await scene.push('locks', { layers: [await programLayer('/usr/bin/perl')] });
    });

    after(async () => {
      await scene?.close();
    });

    it('see and may do what their view and its user give them', async () => {
      const blue = await fileSystem.addAccessPoint(BLUE);
      const green = await fileSystem.addAccessPoint({ ...GREEN, secondaryGids: [BLUE.gid] });
      const one = await tasks.run([fileSystem.volume('whole'), fileSystem.volumeBy('blue', blue)]);
      const views = {
        whole: containerView(tasks.inside(one, 'whole'), MOUNT_POINT),
        blue: containerView(tasks.inside(one, 'blue'), MOUNT_POINT),
      };
      assert.deepEqual(await differences(PREPARATION, views), []);
      const two = await tasks.run([
        fileSystem.volume('directory', { rootDirectory: DIRECTORY }),
        fileSystem.volumeBy('green', green),
      ]);
      const all = {
        ...views,
        directory: containerView(tasks.inside(two, 'directory'), MOUNT_POINT),
        green: containerView(tasks.inside(two, 'green'), MOUNT_POINT),
      };
      const found = await differences(SHARING, all);
      assert.deepEqual(
        found.filter((words) => driver !== 'nfs' || !isRemembered(words)),
        [],
      );
      await tasks.end(one, two);
    });

    // Whatever mounts for tasks.
    if (driver === 'local')
      it('see the same over NFS, from its mount target', { skip: nfsMissing() }, async () => {
        const served = await SharedFileSystem.make(scene.neargate);
        const [subnet] = scene.neargate.info.defaultVpc.subnets;
        const address = await served.addMountTarget(subnet?.subnetId ?? '');
        const blue = await served.addAccessPoint(BLUE);
        const green = await served.addAccessPoint({ ...GREEN, secondaryGids: [BLUE.gid] });
        const task = await tasks.run([fileSystem.volume('client')]);
        const { dataDir } = scene.neargate;
        const from = Vantage.inTask(dataDir, task.taskArn);
        const place = { from, address, fileSystem: served, dataDir };
        const views = {
          whole: new NfsView(() => plainStream(place)),
          directory: new NfsView(() => plainStream(place), DIRECTORY),
          blue: new NfsView(() => accessPointStream(place, blue)),
          green: new NfsView(() => accessPointStream(place, green)),
        };
        try {
          assert.deepEqual(await differences(PREPARATION, views), []);
          // The roots of access points are made when somebody comes for them.
          for (const view of [views.blue, views.green]) await view.act(0, ['list', '/']);
          assert.deepEqual(await differences(SHARING, views), []);
        } finally {
          for (const view of Object.values(views)) await view.close();
          from.close();
        }
        await tasks.end(task);
      });

    it('keep each other’s locks, of flock and of fcntl', async () => {
      const [one, two] = await Promise.all([
        tasks.run([fileSystem.volume('one')], { image }),
        tasks.run([fileSystem.volume('two')], { image }),
      ]);
      const [here, there] = [tasks.inside(one, 'one'), tasks.inside(two, 'two')];
      await execute(here, 0, `touch ${MOUNT_POINT}/lock`);
      for (const kind of ['flock', 'fcntl'] as const) {
        const holding = execute(here, 0, hold(kind));
        await execute(there, 0, `until [ -e ${MOUNT_POINT}/taken ]; do sleep 0.1; done`);
        assert.equal(await execute(there, 0, tryLock(kind)), 'busy');
        await execute(there, 0, `rm ${MOUNT_POINT}/taken; touch ${MOUNT_POINT}/done`);
        assert.equal(await holding, 'held');
        assert.equal(await execute(there, 0, tryLock(kind)), 'free');
        await execute(there, 0, `rm ${MOUNT_POINT}/done`);
      }
      await tasks.end(one, two);
    });

    it('cannot write where the mount point is read-only, or the policy', async () => {
      const volumes = [fileSystem.volume('shared')];
      const task = await tasks.run(volumes, {
        mountPoints: [{ sourceVolume: 'shared', containerPath: MOUNT_POINT, readOnly: true }],
      });
      const view = containerView(tasks.inside(task, 'shared'), MOUNT_POINT);
      assert.equal(await perform(view, 0, ['write', '/x', 'x']), 'EROFS');
      assert.equal(await perform(view, 0, ['stat', '/']), '0 0 755');
      await tasks.end(task);
      const guarded = await SharedFileSystem.make(scene.neargate);
      const [subnet] = scene.neargate.info.defaultVpc.subnets;
      await guarded.addMountTarget(subnet?.subnetId ?? '');
      await guarded.putPolicy({
        Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientRootAccess'],
      });
      const reader = await tasks.run([guarded.volume('shared')]);
      const reading = containerView(tasks.inside(reader, 'shared'), MOUNT_POINT);
      assert.equal(await perform(reading, 0, ['write', '/x', 'x']), 'EROFS');
      await guarded.putPolicy({ Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'] });
      const writer = await tasks.run([guarded.volume('shared')]);
      const writing = containerView(tasks.inside(writer, 'shared'), MOUNT_POINT);
      assert.equal(await perform(writing, 0, ['write', '/x', 'x']), 'EACCES', 'root is nobody');
      await tasks.end(reader, writer);
    });

    it('are lent them with volumesFrom, inside and below other volumes', async () => {
      const [lender, borrower] = ['lender', 'borrower'].map((name) =>
        scene.container(name, {
          command: ['sleep', '600'],
          stopTimeout: 2,
          ...(name === 'lender'
            ? {
                mountPoints: [
                  { sourceVolume: 'inner', containerPath: '/outer/inner' },
                  { sourceVolume: 'scratch', containerPath: '/outer' },
                ],
              }
            : { volumesFrom: [{ sourceContainer: 'lender', readOnly: true }] }),
        }),
      );
      const volumes = [{ name: 'scratch' }, fileSystem.volume('inner')];
      const definition = await scene.register([lender ?? {}, borrower ?? {}], { volumes });
      const taskArn = await scene.run(definition);
      const task = await scene.until(taskArn, 'RUNNING');
      const view = containerView(tasks.inside(task, 'lender'), '/outer');
      assert.equal(await perform(view, 0, ['write', '/inner/lent', 'yes']), 'ok');
      assert.equal(await perform(view, 0, ['write', '/here', 'own']), 'ok');
      const lent = containerView(tasks.inside(task, 'borrower'), '/outer');
      assert.equal(await perform(lent, 0, ['read', '/inner/lent']), 'yes');
      assert.equal(await perform(lent, 0, ['write', '/inner/lent', 'no']), 'EROFS');
      await tasks.end({ taskArn });
    });
  });
}

/** struct flock of x86-64 and arm64: a write lock on the whole file. */
const FCNTL = 'fcntl(F, 6, $l = pack("ssx4qqix4", 1, 0, 0, 0, 0))';
const FLOCK = 'flock(F, 6)';

function tryLock(kind: 'flock' | 'fcntl'): string {
  const lock = kind === 'flock' ? FLOCK : FCNTL;
  return perl(`open(F, "+<", "${MOUNT_POINT}/lock") or die $!; print((${lock}) ? "free" : "busy");`);
}

/** Says that it has it by a file, and keeps it until another comes. */
function hold(kind: 'flock' | 'fcntl'): string {
  const lock = kind === 'flock' ? FLOCK : FCNTL;
  const wait = `select(undef, undef, undef, 0.05) until -e "${MOUNT_POINT}/done";`;
  const say = `open(T, ">", "${MOUNT_POINT}/taken") or die $!;`;
  return perl(
    `open(F, "+<", "${MOUNT_POINT}/lock") or die $!; (${lock}) or die $!; ${say} ${wait} print "held";`,
  );
}

function perl(program: string): string {
  return `perl -e '${program}'`;
}

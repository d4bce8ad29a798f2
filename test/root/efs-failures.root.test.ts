/** Tasks whose volumes of EFS cannot be mounted: what stops them, word by word, and that nothing of them stays. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateSecurityGroupCommand, ModifyVpcAttributeCommand } from '@aws-sdk/client-ec2';
import type { RunTaskCommandInput, Volume } from '@aws-sdk/client-ecs';
import { EFS_DRIVERS } from '../support/efs/efs-drivers.ts';
import { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { hasCode } from '../support/neargate/api-error.ts';
import { Scene } from '../support/neargate/scene.ts';
import { placeIn, TestNetwork } from '../support/neargate/test-network.ts';
import { atOnce, patient } from '../../src/ports/testing/patience.ts';

const PREFIX =
  'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: ';
const TAIL = ' : unsuccessful EFS utils command execution; code: ';
const ATTEMPTS = [1, 2]
  .map(
    (attempt) =>
      `Mount attempt ${attempt}/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. `,
  )
  .join('');
const TLS = { transitEncryption: 'ENABLED' } as const;
/** Three attempts take 45 s. */
const PATIENCE_MS = patient(120_000);
const USER = { uid: 1001, gid: 1001 };

interface Trouble {
  readonly volume: Volume;
  /** Between `stderr: ` and the end. */
  readonly says: string;
  readonly over?: Partial<RunTaskCommandInput>;
}

for (const { driver, skip } of EFS_DRIVERS) {
  describe(`A task whose file system cannot be mounted, with efsDriver ${driver}`, {
    skip,
    concurrency: atOnce(6),
  }, () => {
    let scene: Scene;
    let network: TestNetwork;
    let subnetId: string;
    /** Open to all; closed to some by its policy; without a mount target; behind a group that lets nobody in. */
    let open: SharedFileSystem;
    let guarded: SharedFileSystem;
    let lonely: SharedFileSystem;
    let blocked: SharedFileSystem;
    let otherVpc: Partial<RunTaskCommandInput>;

    before(async () => {
      scene = await Scene.start(['--efs-driver', driver]);
      const { neargate } = scene;
      subnetId = neargate.info.defaultVpc.subnets[0]?.subnetId ?? '';
      const make = () => SharedFileSystem.make(neargate);
      [open = assert.fail(), guarded = assert.fail(), lonely = assert.fail(), blocked = assert.fail()] =
        await Promise.all([make(), make(), make(), make()]);
      const { GroupId = '' } = await neargate.ec2.send(
        new CreateSecurityGroupCommand({ GroupName: 'closed', Description: 'closed' }),
      );
      await Promise.all([
        open.addMountTarget(subnetId),
        guarded.addMountTarget(subnetId),
        blocked.addMountTarget(subnetId, [GroupId]),
        guarded.putPolicy({ Principal: { AWS: `arn:aws:iam::${neargate.info.account}:role/friend` } }),
      ]);
      network = await TestNetwork.make(neargate.ec2, '10.79');
      const subnet = await network.addPublicSubnet();
      otherVpc = placeIn(subnet, await network.addGroup('task'), 'ENABLED');
      const silent = { VpcId: network.vpcId, EnableDnsSupport: { Value: false } };
      await neargate.ec2.send(new ModifyVpcAttributeCommand(silent));
    });

    after(async () => {
      await scene?.close();
    });

    const unresolved = (name: string): string =>
      `Failed to resolve "${name}" - check that your file system ID is correct, and ensure that the VPC has an EFS ` +
      'mount target for this file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more ' +
      'detail. Attempting to lookup mount target ip address using botocore. Failed to import necessary dependency ' +
      `botocore, please install botocore first.${TAIL}1`;
    const denied = (place: string): string =>
      `b'mount.nfs4: access denied by server while mounting ${place}'${TAIL}32`;
    const missing = (place: string): string =>
      `b'mount.nfs4: mounting ${place} failed, reason given by server: No such file or directory'${TAIL}32`;

    const troubles: Readonly<Record<string, () => Trouble | Promise<Trouble>>> = {
      // They take the longest, so they begin first.
      'is behind a group that lets nobody in': () => ({
        volume: blocked.volume('v'),
        says: `${ATTEMPTS}b'mount.nfs4: Connection timed out'${TAIL}32`,
      }),
      'is behind a group that lets nobody in, by TLS': () => ({
        volume: blocked.volume('v', TLS),
        says: `${ATTEMPTS}b'mount.nfs4: mount system call failed'${TAIL}32`,
      }),
      'has an id that there is not': () => ({
        volume: { name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-0123456789abcdef0' } },
        says: unresolved('fs-0123456789abcdef0.efs.us-east-1.amazonaws.com'),
      }),
      'has no mount target': () => ({ volume: lonely.volume('v'), says: unresolved(lonely.name) }),
      'has a mount target in another zone': () => ({
        volume: open.volume('v'),
        says: unresolved(open.name),
        over: {
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [scene.neargate.info.defaultVpc.subnets[1]?.subnetId ?? ''],
              assignPublicIp: 'ENABLED',
            },
          },
        },
      }),
      'has a name that the VPC’s resolver does not answer': () => ({
        volume: open.volume('v'),
        says: unresolved(open.name),
        over: otherVpc,
      }),
      'lacks the root directory': () => ({
        volume: open.volume('v', { rootDirectory: '/not/there' }),
        says: missing(`${open.name}:/not/there`),
      }),
      'lacks the root directory, by TLS': () => ({
        volume: open.volume('v', { rootDirectory: '/not/there', ...TLS }),
        says: missing('127.0.0.1:/not/there'),
      }),
      'lacks the directory of an access point that makes none': async () => ({
        volume: open.volumeBy('v', await open.addAccessPoint({ ...USER, root: '/nowhere' })),
        says: missing('127.0.0.1:/'),
      }),
      'lets only another role in': () => ({ volume: guarded.volume('v'), says: denied(`${guarded.name}:/`) }),
      'lets only another role in, by TLS': () => ({
        volume: guarded.volume('v', { ...TLS, authorizationConfig: { iam: 'ENABLED' } }),
        says: denied('127.0.0.1:/'),
      }),
      'has no such access point': () => ({
        volume: open.volumeBy('v', 'fsap-0123456789abcdef0'),
        says: denied('127.0.0.1:/'),
      }),
      'has an access point of another file system': async () => ({
        volume: open.volumeBy('v', await lonely.addAccessPoint({ ...USER, root: '/' })),
        says: denied('127.0.0.1:/'),
      }),
    };

    for (const [name, trouble] of Object.entries(troubles)) {
      it(`is stopped because it ${name}`, async () => {
        const { volume, says, over = {} } = await trouble();
        const mountPoints = [{ sourceVolume: 'v', containerPath: '/v' }];
        const containers = [scene.container('app', { command: ['sleep', '600'], mountPoints })];
        const definition = await scene.register(containers, {
          volumes: [volume],
          taskRoleArn: `arn:aws:iam::${scene.neargate.info.account}:role/app`,
        });
        const taskArn = await scene.run(definition, over);
        const task = await scene.until(taskArn, 'STOPPED', PATIENCE_MS);
        assert.equal(task.stopCode, 'TaskFailedToStart');
        assert.equal(task.stoppedReason, PREFIX + says);
        assert.equal(task.containers?.[0]?.reason, undefined);
        assert.deepEqual(ofTask(await takeCensus(scene.neargate.dataDir), taskArn), []);
      });
    }

    it('starts for the role that the policy lets in', async () => {
      const volume = guarded.volume('v', { ...TLS, authorizationConfig: { iam: 'ENABLED' } });
      const mountPoints = [{ sourceVolume: 'v', containerPath: '/v' }];
      const containers = [scene.container('app', { command: ['sleep', '600'], stopTimeout: 2, mountPoints })];
      const definition = await scene.register(containers, {
        volumes: [volume],
        taskRoleArn: `arn:aws:iam::${scene.neargate.info.account}:role/friend`,
      });
      const taskArn = await scene.run(definition);
      await scene.until(taskArn, 'RUNNING');
      await scene.stop(taskArn);
      await scene.until(taskArn, 'STOPPED');
    });

    it('is refused at once with platform version 1.3.0, which knows no file systems', async () => {
      const mountPoints = [{ sourceVolume: 'v', containerPath: '/v' }];
      const definition = await scene.register([scene.container('app', { mountPoints })], {
        volumes: [open.volume('v')],
      });
      await assert.rejects(scene.run(definition, { platformVersion: '1.3.0' }), (error) =>
        hasCode(
          error,
          'PlatformTaskDefinitionIncompatibilityException',
          'One or more of the requested capabilities are not supported.',
        ),
      );
    });
  });
}

/**
 * Mount targets of EFS in a VPC, seen from inside tasks: who resolves their names, who reaches them as groups say, and
 * what a client of NFS gets there, plain and by TLS.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand, ModifyVpcAttributeCommand } from '@aws-sdk/client-ec2';
import {
  CreateAccessPointCommand,
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  DeleteAccessPointCommand,
  DeleteFileSystemCommand,
  DeleteMountTargetCommand,
  DescribeMountTargetsCommand,
  ModifyMountTargetSecurityGroupsCommand,
  PutFileSystemPolicyCommand,
} from '@aws-sdk/client-efs';
import { clientCertificate } from '../support/efs/client-certificate.ts';
import { kernelNfsMissing } from '../support/efs/efs-drivers.ts';
import { matching, recordsInLogs } from '../support/neargate/flow-records.ts';
import { Scene } from '../support/neargate/scene.ts';
import { TestNetwork, type TestSubnet, placeIn, tcpFrom } from '../support/neargate/test-network.ts';
import { IN_VAIN_MS, Vantage } from '../support/neargate/vantage.ts';
import { NfsClient } from '../support/nfs/nfs-client.ts';
import { nfsMissing } from '../support/nfs/nfs-scene.ts';
import { patient, unhurried } from '../../src/ports/testing/patience.ts';

const NFS = 2049;
const FLOWS = '/flows';
const RANGE = '10.78';
const RESOLVER = `${RANGE}.0.2`;
const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;
const PATIENCE_MS = patient(30_000);
const ROOT = { uid: 0, gid: 0 };
const run = promisify(execFile);

interface Target {
  readonly id: string;
  readonly eniId: string;
  readonly address: string;
}

describe('Mount targets of EFS', { timeout: patient(240_000), skip: nfsMissing() }, () => {
  let scene: Scene;
  let network: TestNetwork;
  let subnets: TestSubnet[];
  let groups: Record<'client' | 'stranger' | 'nfs', string>;
  let fileSystemId: string;
  /** By zone: of the first two there is one. */
  const targets = new Map<string, Target>();
  /** In the zones a, b and c, the last with another group. */
  let inside: Vantage[] = [];
  let inA: Vantage;
  let inB: Vantage;
  let inC: Vantage;

  const efs = () => scene.neargate.efs;

  before(async () => {
    scene = await Scene.start(['--flow-log-interval', '1s']);
    network = await TestNetwork.make(scene.neargate.ec2, RANGE);
    await scene.neargate.logs.send(new CreateLogGroupCommand({ logGroupName: FLOWS }));
    await scene.neargate.ec2.send(
      new CreateFlowLogsCommand({
        ...{ ResourceType: 'VPC', ResourceIds: [network.vpcId], TrafficType: 'ALL', LogGroupName: FLOWS },
        DeliverLogsPermissionArn: `arn:aws:iam::${scene.neargate.info.account}:role/flow-logs`,
      }),
    );
    subnets = [];
    for (const zone of ZONES) {
      const subnet = await network.addPublicSubnet(zone);
      subnets.push(subnet);
    }
    const client = await network.addGroup('client');
    groups = {
      client,
      stranger: await network.addGroup('stranger'),
      nfs: await network.addGroup('nfs', tcpFrom(client, NFS)),
    };
    const { FileSystemId } = await efs().send(new CreateFileSystemCommand({ CreationToken: 'files' }));
    fileSystemId = FileSystemId ?? assert.fail();
    const definition = await scene.register([
      scene.container('app', { command: ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done'] }),
    ]);
    const places = [groups.client, groups.client, groups.stranger].map(
      (group, index) => [subnets[index] ?? assert.fail(), group] as const,
    );
    inside = await Promise.all(
      places.map(async ([subnet, group]) => {
        const arn = await scene.run(definition, placeIn(subnet, group, 'ENABLED'));
        await scene.until(arn, 'RUNNING');
        return Vantage.inTask(scene.neargate.dataDir, arn);
      }),
    );
    [inA = assert.fail(), inB = assert.fail(), inC = assert.fail()] = inside;
    for (const index of [0, 1]) {
      const made = await efs().send(
        new CreateMountTargetCommand({
          ...{ FileSystemId: fileSystemId, SubnetId: subnets[index]?.subnetId ?? '' },
          SecurityGroups: [groups.nfs],
        }),
      );
      const { MountTargetId: id = '', NetworkInterfaceId: eniId = '', IpAddress: address = '' } = made;
      targets.set(ZONES[index] ?? '', { id, eniId, address });
    }
  });
  after(async () => {
    for (const place of inside) place.close();
    await scene?.close();
  });

  const target = (zone: string): Target => targets.get(zone) ?? assert.fail(zone);
  const name = (zone?: string): string =>
    `${zone === undefined ? '' : `${zone}.`}${fileSystemId}.efs.us-east-1.amazonaws.com`;
  /** Until a change has come to the machine. */
  const becomes = async <T>(ask: () => Promise<T>, wanted: T): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await ask();
      if (JSON.stringify(found) === JSON.stringify(wanted)) return;
      if (performance.now() > deadline) assert.deepEqual(found, wanted);
      await delay(unhurried(20));
    }
  };
  const ca = (): Promise<string> => readFile(join(scene.neargate.dataDir, 'ca.pem'), 'utf8');
  const secured = async (
    identity: { cert?: string; key?: string } = {},
    zone = 'us-east-1a',
  ): Promise<Duplex> => {
    const socket = await inA.connect(target(zone).address, NFS);
    const secure = connectTls({ socket, servername: name(), ca: await ca(), ...identity });
    secure.on('error', () => undefined);
    await once(secure, 'secureConnect');
    return secure;
  };
  const plain = (): Promise<Duplex> => inA.connect(target('us-east-1a').address, NFS);

  it('are available soon, with an interface of their own', async () => {
    const { MountTargets = [] } = await efs().send(
      new DescribeMountTargetsCommand({ FileSystemId: fileSystemId }),
    );
    assert.deepEqual(
      new Set(MountTargets.map(({ AvailabilityZoneName }) => AvailabilityZoneName)),
      new Set(['us-east-1a', 'us-east-1b']),
    );
    for (const each of MountTargets) assert.equal(each.LifeCycleState, 'available');
  });

  it("have the file system's name, each in its zone", async () => {
    await becomes(() => inA.resolve(name(), RESOLVER), [target('us-east-1a').address]);
    await becomes(() => inB.resolve(name(), RESOLVER), [target('us-east-1b').address]);
    assert.deepEqual(await inC.resolve(name(), RESOLVER), []);
    assert.deepEqual(await inC.resolve(name('us-east-1b'), RESOLVER), [target('us-east-1b').address]);
    assert.deepEqual(await inA.resolve(name('us-east-1c'), RESOLVER), []);
    const attribute = (Value: boolean) =>
      scene.neargate.ec2.send(
        new ModifyVpcAttributeCommand({ VpcId: network.vpcId, EnableDnsHostnames: { Value } }),
      );
    await attribute(false);
    await becomes(() => inA.resolve(name(), RESOLVER), []);
    await attribute(true);
    await becomes(() => inA.resolve(name(), RESOLVER), [target('us-east-1a').address]);
  });

  it('are reached by whom their groups let in, on the port of NFS alone', async () => {
    for (const { address } of targets.values()) {
      await becomes(() => inA.reach(address, NFS, IN_VAIN_MS), 'connected');
      assert.equal(await inB.reach(address, NFS), 'connected');
      assert.equal(await inC.reach(address, NFS, IN_VAIN_MS), 'no answer');
      assert.equal(await inA.reach(address, 443, IN_VAIN_MS), 'no answer');
    }
    const { id, address } = target('us-east-1b');
    const modify = (...SecurityGroups: string[]) =>
      efs().send(new ModifyMountTargetSecurityGroupsCommand({ MountTargetId: id, SecurityGroups }));
    await modify(groups.stranger);
    await becomes(() => inA.reach(address, NFS, IN_VAIN_MS), 'no answer');
    await modify(groups.nfs);
    await becomes(() => inA.reach(address, NFS, IN_VAIN_MS), 'connected');
  });

  it('are told of by flow logs', async () => {
    const { eniId, address } = target('us-east-1a');
    await becomes(async () => {
      const records = await recordsInLogs(scene.neargate.logs, FLOWS, `${eniId}-all`);
      const toNfs = { dstaddr: address, dstport: String(NFS), protocol: '6' };
      return ['ACCEPT', 'REJECT'].map((action) => matching(records, { ...toNfs, action }).length > 0);
    }, [true, true]);
  });

  it('serve the file system to plain NFS, of versions 4.0 and 4.1', async () => {
    const client = await NfsClient.mount(await plain(), ROOT);
    await client.writeFile('/hello', 'from a task');
    assert.deepEqual(await client.names('/'), ['hello']);
    const { stdout } = await run('ip', [
      ...['netns', 'exec', inA.namespace ?? '', 'nfs-ls'],
      `nfs://${target('us-east-1a').address}/?version=4`,
    ]);
    assert.match(stdout, /hello/);
    // One file system, whichever mount target it is mounted by.
    const other = await NfsClient.mount(await inB.connect(target('us-east-1b').address, NFS), ROOT);
    assert.equal(String(await other.readFile('/hello')), 'from a task');
  });

  for (const version of ['4.0', '4.1']) {
    it(`are mounted by the kernel inside a task’s network, with NFS ${version}`, {
      skip: kernelNfsMissing,
    }, async (test) => {
      const { address } = target('us-east-1a');
      // Without Debian's nfs-common nobody looks up the address for the kernel.
      const options = `nfsvers=${version},addr=${address}`;
      const script = `mount -i -t nfs4 -o ${options} ${address}:/ /mnt; grep ' /mnt ' /proc/mounts; cat /mnt/hello`;
      // With mounts of its own, which end with it.
      const { stdout } = await run('ip', ['netns', 'exec', inA.namespace ?? '', 'sh', '-ec', script]);
      test.diagnostic(stdout);
      assert.match(stdout, new RegExp(`^${address}:/ /mnt nfs4 .*vers=${version},`));
      assert.match(stdout, /from a task$/);
    });
  }

  it('show by TLS what an access point shows, as its user', async () => {
    const { AccessPointId = '' } = await efs().send(
      new CreateAccessPointCommand({
        FileSystemId: fileSystemId,
        PosixUser: { Uid: 1234, Gid: 1235 },
        RootDirectory: {
          Path: '/app',
          CreationInfo: { OwnerUid: 1234, OwnerGid: 1235, Permissions: '0750' },
        },
      }),
    );
    const identity = clientCertificate({ accessPointId: AccessPointId, fileSystemId });
    let client: NfsClient | undefined;
    await becomes(async () => {
      client = await NfsClient.mount(await secured(identity), ROOT).catch(() => undefined);
      return client !== undefined;
    }, true);
    assert.deepEqual(await client?.names('/'), []);
    await client?.writeFile('/data', 'mine');
    const { uid, gid } = (await client?.stat('/data')) ?? assert.fail();
    assert.deepEqual([Number(uid), Number(gid)], [1234, 1235]);
    const whole = await NfsClient.mount(await secured(), ROOT);
    assert.deepEqual(await whole.names('/app'), ['data']);
    await efs().send(new DeleteAccessPointCommand({ AccessPointId }));
    await becomes(async () => {
      const refused = await NfsClient.mount(await secured(identity), ROOT).catch(() => 'refused');
      return refused === 'refused';
    }, true);
  });

  it('are there again after the agent was killed, plain and by TLS', async () => {
    await scene.neargate.killAgent();
    for (const connection of [plain, secured]) {
      await becomes(async () => {
        const client = await connection()
          .then((stream) => NfsClient.mount(stream, ROOT))
          .catch(() => undefined);
        return client === undefined ? 'nothing' : String(await client.readFile('/hello'));
      }, 'from a task');
    }
  });

  it('let clients do what the policy of the file system allows', async () => {
    const statement = {
      ...{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'elasticfilesystem:ClientMount', Resource: '*' },
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await efs().send(new PutFileSystemPolicyCommand({ FileSystemId: fileSystemId, Policy }));
    await becomes(async () => {
      const refused = await NfsClient.mount(await plain(), ROOT).catch(() => 'refused');
      return refused === 'refused';
    }, true);
    const reader = await NfsClient.mount(await secured(), ROOT);
    assert.equal(String(await reader.readFile('/hello')), 'from a task');
    await assert.rejects(reader.writeFile('/new', 'x'), /ROFS|30/);
  });

  it('go, with who has mounted by them, when they are deleted', async () => {
    const { id, address } = target('us-east-1b');
    const [going, staying] = [await secured({}, 'us-east-1b'), await secured()];
    const client = await NfsClient.mount(staying, ROOT);
    await NfsClient.mount(going, ROOT);
    const ended = once(going, 'close');
    await efs().send(new DeleteMountTargetCommand({ MountTargetId: id }));
    await ended;
    assert.equal(String(await client.readFile('/hello')), 'from a task');
    await becomes(() => inB.resolve(name(), RESOLVER), []);
    await becomes(() => inA.reach(address, NFS, IN_VAIN_MS), 'no answer');
    await efs().send(new DeleteMountTargetCommand({ MountTargetId: target('us-east-1a').id }));
    await efs().send(new DeleteFileSystemCommand({ FileSystemId: fileSystemId }));
    await becomes(() => inA.resolve(name(), RESOLVER), []);
    await becomes(() => processesOf(fileSystemId), []);
    await becomes(() => readdir(join(scene.neargate.dataDir, 'efs-servers')), []);
  });
});

/** Command lines that name a file system: of what serves it. */
async function processesOf(fileSystemId: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(fileSystemId)) found.push(line.replaceAll('\0', ' '));
  }
  return found;
}

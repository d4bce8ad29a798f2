import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import type { Scope } from '../../domain/arn.ts';
import { type Ec2Kind, type EfsKind, keys } from '../../domain/keys.ts';
import type { DefaultVpcParts } from '../../domain/network/new-vpc.ts';
import type { EniRecord, VpcRecord } from '../../domain/network/records.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import type { RangeOptions, Write } from '../../ports/store.ts';
import { DefaultNetworks } from '../../services/ec2/default-network.ts';
import { type PictureSession, VpcPictures } from './vpc-pictures.ts';

const SCOPE: Scope = { account: '000000000000', region: 'eu-west-1' };
const OTHER_REGION: Scope = { account: '000000000000', region: 'eu-central-1' };
const SETTINGS = {
  home: SCOPE,
  hostRoutes: { defaultVpc: true, others: ['team'] },
  serviceCidr: '198.18.0.0/24',
  dnsSuffix: 'amazonaws.com',
};

/** Counts its looks at EC2's records, and holds them up while the test says so. */
class WatchedStore extends MemoryStore {
  looks = 0;
  gate: Promise<void> | undefined;

  override async range<T>(options: RangeOptions) {
    const found = await super.range<T>(options);
    if (options.prefix.includes('/ec2/eni/')) {
      this.looks += 1;
      await this.gate;
    }
    return found;
  }
}

/** What a machine was told, in order. */
class Session implements PictureSession {
  readonly told: (VpcPicture | string)[] = [];
  #wake: (() => void)[] = [];

  sendVpc(vpc: VpcPicture): void {
    this.#add(vpc);
  }
  sendVpcRemoved(vpcId: string): void {
    this.#add(vpcId);
  }
  async vpcSent(): Promise<void> {}
  /** Resolves with what was told as the `count`-th. */
  async nth(count: number): Promise<VpcPicture | string> {
    while (this.told.length < count) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.told[count - 1] ?? assert.fail();
  }
  async picture(count: number): Promise<VpcPicture> {
    const told = await this.nth(count);
    return typeof told === 'string' ? assert.fail(`${told} was removed`) : told;
  }
  #add(told: VpcPicture | string): void {
    this.told.push(told);
    for (const wake of this.#wake.splice(0)) wake();
  }
}

describe('VpcPictures', () => {
  let store: WatchedStore;
  let pictures: VpcPictures;
  let stopping: AbortController;
  let vpc: VpcRecord;
  /** Batches that the pictures have heard of. */
  let heard: number;

  beforeEach(async () => {
    store = new WatchedStore();
    stopping = new AbortController();
    heard = 0;
    const clock = new ManualClock();
    await new DefaultNetworks({ store, clock, vpcCidr: '172.31.0.0/16' }).ensure(SCOPE);
    vpc = await only<VpcRecord>('vpc');
    pictures = new VpcPictures({ store, clock, logger: silentLogger, settings: SETTINGS }, stopping.signal);
    const changes = store.watch(keys.resources(), stopping.signal);
    void (async () => {
      for await (const batch of changes) {
        pictures.changed(batch);
        heard += 1;
      }
    })();
  });
  afterEach(async () => {
    stopping.abort();
    await store.close();
  });

  const only = async <T>(kind: Ec2Kind): Promise<T> => {
    const [entry] = await store.range<T>({ prefix: keys.ec2All(SCOPE, kind) });
    return entry?.value ?? assert.fail(`no ${kind}`);
  };
  /** Resolves when the pictures have heard of it. */
  const write = async (...writes: readonly Write[]): Promise<void> => {
    const before = heard;
    await store.transact([], writes);
    while (heard === before) await new Promise((resolve) => setImmediate(resolve));
  };
  const put = (kind: Ec2Kind, id: string, value: unknown) => write({ put: keys.ec2(SCOPE, kind, id), value });
  const remove = (kind: Ec2Kind, id: string) => write({ delete: keys.ec2(SCOPE, kind, id) });
  const putEfs = (kind: EfsKind, id: string, value: unknown) =>
    write({ put: keys.efs(SCOPE, kind, id), value });
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  /** A machine that has a task in the default VPC. */
  const machine = async (machineId: string): Promise<Session> => {
    const session = new Session();
    pictures.connected(session, machineId);
    await pictures.told(session, SCOPE, vpc.vpcId);
    assert.equal(session.told.length, 1);
    return session;
  };
  const eniOf = (eniId: string, machineId: string): EniRecord => ({
    ...{ eniId, subnetId: 'subnet-1', vpcId: vpc.vpcId, availabilityZone: 'eu-west-1a' },
    ...{ macAddress: '0a:00:00:00:00:01', privateIpv4Address: '172.31.0.9', privateDnsName: '' },
    ...{ securityGroups: [vpc.defaultSecurityGroupId], description: '', createdAt: 0, tags: {} },
    owner: { type: 'task', taskArn: 'arn', attachmentId: 'a', machineId },
  });

  it('tells a machine of a VPC before its first task there, once', async () => {
    const session = await machine('m1');
    const picture = await session.picture(1);
    assert.equal(picture.vpcId, vpc.vpcId);
    assert.equal(picture.subnets.length, 3);
    await pictures.told(session, SCOPE, vpc.vpcId);
    assert.equal(session.told.length, 1);
  });

  it('tells of a changed group, and of changed routes', async () => {
    const session = await machine('m1');
    const group = await only<DefaultVpcParts['group']>('security-group');
    await put('security-group', group.groupId, { ...group, rules: group.rules.slice(0, 1) });
    assert.deepEqual((await session.picture(2)).groups[0]?.egress, []);
    const table = await only<DefaultVpcParts['routeTable']>('route-table');
    await put('route-table', table.routeTableId, { ...table, routes: [] });
    assert.deepEqual(
      (await session.picture(3)).subnets.map(({ routes }) => routes.map(({ target }) => target.type)),
      [['local'], ['local'], ['local']],
    );
  });

  it('says nothing where a change makes no difference', async () => {
    const session = await machine('m1');
    await put('vpc', vpc.vpcId, { ...vpc, tags: { Name: 'main' } });
    await put('vpc', vpc.vpcId, { ...vpc, enableDnsSupport: false });
    assert.equal((await session.picture(2)).enableDnsSupport, false);
    assert.equal(session.told.length, 2);
  });

  it('tells only machines that have the VPC', async () => {
    const session = await machine('m1');
    const stranger = new Session();
    pictures.connected(stranger, 'm2');
    await put('vpc', vpc.vpcId, { ...vpc, enableDnsSupport: false });
    await session.nth(2);
    assert.equal(stranger.told.length, 0);
    const looks = store.looks;
    await write({ put: keys.ec2(OTHER_REGION, 'vpc', vpc.vpcId), value: vpc });
    await settle();
    assert.equal(store.looks, looks);
  });

  it("tells of a task's interface everywhere but on the task's own machine", async () => {
    const [own, other] = [await machine('m1'), await machine('m2')];
    await put('eni', 'eni-1', eniOf('eni-1', 'm1'));
    assert.deepEqual(
      (await other.picture(2)).interfaces.map(({ eniId, purpose }) => [eniId, purpose]),
      [['eni-1', 'task-elsewhere']],
    );
    await remove('eni', 'eni-1');
    assert.deepEqual((await other.picture(3)).interfaces, []);
    assert.equal(own.told.length, 1);
  });

  it("looks at nothing for the interfaces of the only machine's tasks", async () => {
    const session = await machine('m1');
    const looks = store.looks;
    await put('eni', 'eni-1', eniOf('eni-1', 'm1'));
    await remove('eni', 'eni-1');
    await settle();
    assert.equal(store.looks, looks);
    assert.equal(session.told.length, 1);
  });

  it('misses no end of an interface that comes while it looks', async () => {
    const other = await machine('m2');
    let letThrough = (): void => undefined;
    store.gate = new Promise((resolve) => {
      letThrough = resolve;
    });
    await put('eni', 'eni-1', eniOf('eni-1', 'm1'));
    await settle();
    await remove('eni', 'eni-1');
    letThrough();
    store.gate = undefined;
    assert.equal((await other.picture(2)).interfaces.length, 1);
    assert.deepEqual((await other.picture(3)).interfaces, []);
  });

  it('holds a task back until the machine is told of what changed before it', async () => {
    const session = await machine('m1');
    await put('vpc', vpc.vpcId, { ...vpc, enableDnsSupport: false });
    await pictures.told(session, SCOPE, vpc.vpcId);
    assert.equal((await session.picture(2)).enableDnsSupport, false);
  });

  it('tells of file systems with a mount target in the VPC, of their access points and policies', async () => {
    const session = await machine('m1');
    const fileSystem = { fileSystemId: 'fs-1', tags: {} };
    const mountTarget = { mountTargetId: 'fsmt-1', eniId: 'eni-1', availabilityZone: 'eu-west-1a' };
    const accessPoint = { accessPointId: 'fsap-1', fileSystemId: 'fs-1', rootPath: '/a' };
    await putEfs('file-system', 'fs-1', fileSystem);
    await putEfs('mount-target', 'fsmt-1', { ...mountTarget, fileSystemId: 'fs-1', vpcId: vpc.vpcId });
    const bare = { fileSystemId: 'fs-1', mountTargets: [mountTarget], accessPoints: [] };
    assert.deepEqual((await session.picture(2)).fileSystems, [bare]);
    await putEfs('access-point', 'fsap-1', accessPoint);
    const point = { accessPointId: 'fsap-1', rootPath: '/a' };
    assert.deepEqual((await session.picture(3)).fileSystems, [{ ...bare, accessPoints: [point] }]);
    await putEfs('file-system', 'fs-1', { ...fileSystem, policy: '{}' });
    assert.equal((await session.picture(4)).fileSystems[0]?.policy, '{}');
    await write({ delete: keys.efs(SCOPE, 'mount-target', 'fsmt-1') });
    assert.deepEqual((await session.picture(5)).fileSystems, []);
  });

  it('holds a task back until the machine is told of a mount target that was made before it', async () => {
    const session = await machine('m1');
    await write(
      { put: keys.efs(SCOPE, 'file-system', 'fs-1'), value: { fileSystemId: 'fs-1' } },
      {
        put: keys.efs(SCOPE, 'mount-target', 'fsmt-1'),
        value: { mountTargetId: 'fsmt-1', fileSystemId: 'fs-1', vpcId: vpc.vpcId },
      },
    );
    await pictures.told(session, SCOPE, vpc.vpcId);
    assert.equal((await session.picture(2)).fileSystems[0]?.fileSystemId, 'fs-1');
  });

  it('removes a VPC that was deleted', async () => {
    const session = await machine('m1');
    await remove('vpc', vpc.vpcId);
    assert.equal(await session.nth(2), vpc.vpcId);
  });

  it('gives a machine that connects again what it names, unless that was deleted', async () => {
    const gone = { ...SCOPE, vpcId: 'vpc-gone' };
    const session = new Session();
    pictures.connected(session, 'm1');
    const state = await pictures.hello(session, [{ ...SCOPE, vpcId: vpc.vpcId }, gone]);
    assert.deepEqual(
      state.map(({ vpcId }) => vpcId),
      [vpc.vpcId],
    );
    await put('vpc', vpc.vpcId, { ...vpc, enableDnsHostnames: false });
    assert.equal((await session.picture(1)).enableDnsHostnames, false);
  });

  it('tells no more to a machine that has gone', async () => {
    const [session, other] = [await machine('m1'), await machine('m2')];
    pictures.gone(session);
    await put('vpc', vpc.vpcId, { ...vpc, enableDnsSupport: false });
    await other.nth(2);
    assert.equal(session.told.length, 1);
  });

  it('routes the default VPC and those of the settings from the host, at home alone', async () => {
    const session = await machine('m1');
    assert.equal((await session.picture(1)).routedFromHost, true);
    const named = { ...vpc, vpcId: 'vpc-2', cidr: '10.0.0.0/16', isDefault: false };
    await put('vpc', 'vpc-2', named);
    await pictures.told(session, SCOPE, 'vpc-2');
    assert.equal((await session.picture(2)).routedFromHost, false);
    await put('vpc', 'vpc-2', { ...named, tags: { Name: 'team' } });
    assert.equal((await session.picture(3)).routedFromHost, true);
    await write({ put: keys.ec2(OTHER_REGION, 'vpc', 'vpc-3'), value: { ...vpc, vpcId: 'vpc-3' } });
    await pictures.told(session, OTHER_REGION, 'vpc-3');
    assert.equal((await session.picture(4)).routedFromHost, false);
  });
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ControlScene } from '../../../test/support/control/control-scene.ts';
import { aTask, SCOPE, SUBNET, VPC } from '../../../test/support/control/task-records.ts';
import { keys } from '../../domain/keys.ts';
import type { SubnetRecord } from '../../domain/network/records.ts';
import type { TaskReport } from '../../domain/task/assignment.ts';
import { encodeLinkMessage } from '../../wire/link-codec.ts';
import { LINK_PROTOCOL, type MachineFacts } from '../../wire/link-messages.ts';

const [A, B, C] = VPC.subnets.map(({ subnetId }) => subnetId) as [string, string, string];
const ALL = [A, B, C];

describe('placement', () => {
  let scene: ControlScene;
  beforeEach(async () => {
    scene = await ControlScene.open();
    await scene.startControl();
  });
  afterEach(() => scene.close());

  /** A task with further settings of its network. */
  const taskIn = (taskId: string, network: object, over = {}) => {
    const { networkConfiguration } = aTask(taskId);
    return aTask(taskId, { networkConfiguration: { ...networkConfiguration, ...network }, ...over });
  };
  const subnetOf = async (taskId: string): Promise<string | undefined> => {
    const { eni } = await scene.recordWhere(taskId, (task) => task.eni !== undefined);
    return eni?.subnetId;
  };
  const reasonOf = async (taskId: string): Promise<string | undefined> => {
    const { stopCode, stoppedReason } = await scene.ended(taskId);
    assert.equal(stopCode, 'TaskFailedToStart');
    return stoppedReason;
  };
  /** Leaves nothing free in a subnet that has the smallest size. */
  const fill = async (subnetId: string): Promise<void> => {
    const subnet = (await scene.all('subnet')).find((one) => one.subnetId === subnetId);
    const cidr = (subnet as SubnetRecord).cidr.replace(/\/\d+$/, '/28');
    await scene.putEc2('subnet', subnetId, { ...(subnet as SubnetRecord), cidr });
    const network = cidr.replace(/\.0\/28$/, '');
    const addresses = Array.from({ length: 11 }, (_, index) => `${network}.${4 + index}`);
    await scene.store.transact(
      [],
      addresses.map((address) => ({
        put: keys.address(SCOPE, subnetId, address),
        value: { eniId: 'eni-1' },
      })),
    );
  };

  it('spreads the tasks of a request over the zones of its subnets', async () => {
    scene.connect();
    const tasks = ['t1', 't2', 't3', 't4', 't5', 't6'];
    await scene.put(...tasks.map((taskId) => taskIn(taskId, { subnets: ALL })));
    const subnets = await Promise.all(tasks.map(subnetOf));
    for (const subnetId of ALL) assert.equal(subnets.filter((one) => one === subnetId).length, 2);
  });

  it('takes a subnet in whose zone there is a machine', async () => {
    scene.connect({ availabilityZones: ['eu-west-1c'] });
    await scene.put(taskIn('t1', { subnets: ALL }), taskIn('t2', { subnets: ALL }));
    assert.deepEqual([await subnetOf('t1'), await subnetOf('t2')], [C, C]);
  });

  it('has no capacity where no machine is in the zone', async () => {
    scene.connect({ availabilityZones: ['eu-west-1c'] });
    await scene.put(taskIn('t1', { subnets: [A] }));
    assert.match((await reasonOf('t1')) ?? '', /^Capacity is unavailable at this time/);
  });

  it('has no capacity beyond the disk of the machine, and none while that is short', async () => {
    const agent = scene.connect({ diskMiB: 50 * 1024 });
    await scene.put(aTask('t1'), aTask('t2'));
    await Promise.all([subnetOf('t1'), subnetOf('t2')]);
    await scene.put(aTask('t3'));
    assert.match((await reasonOf('t3')) ?? '', /^Capacity is unavailable at this time/);
    const becomes = async (diskMiB: number): Promise<void> => {
      agent.machine = { ...agent.machine, diskMiB };
      agent.client.machineChanged();
      while (scene.machines.facts()[0]?.diskMiB !== diskMiB) await setImmediate();
    };
    await becomes(60 * 1024);
    await scene.put(aTask('t4'));
    await subnetOf('t4');
    await becomes(0);
    await scene.put(aTask('t5', { ephemeralStorageGiB: 1 }));
    assert.match((await reasonOf('t5')) ?? '', /^Capacity is unavailable at this time/);
  });

  it('sees a change of the machine that comes while its hello is being answered', async (test) => {
    const connection = await scene.link.connect();
    test.after(() => connection.close());
    const machine: MachineFacts = {
      ...{ machineId: 'm1', version: '1', cpuArchitecture: 'X86_64', availabilityZones: [] },
      ...{ cpuUnits: 2048, memoryMiB: 4096, diskMiB: 0 },
    };
    // What it takes to answer.
    const report: TaskReport = {
      ...{ taskId: 'unknown', status: 'STOPPED', containers: [], healthStatus: 'UNKNOWN' },
      ...{ eniAttached: false, eniDetached: true },
    };
    const hello = { type: 'hello', protocol: LINK_PROTOCOL, machine, reports: [report], vpcs: [] } as const;
    connection.send(encodeLinkMessage(hello));
    connection.send(encodeLinkMessage({ type: 'machine', machine: { ...machine, diskMiB: 50 * 1024 } }));
    await new Promise<void>((resolve) => connection.onMessage(() => resolve()));
    await setImmediate();
    assert.equal(scene.machines.facts()[0]?.diskMiB, 50 * 1024);
  });

  it('promises no machine to more tasks than it has room for, also when they come at once', async () => {
    scene.connect();
    const tasks = ['t1', 't2', 't3'].map((taskId) => aTask(taskId, { memoryMiB: 2048 }));
    await scene.put(...tasks);
    const ends = await Promise.all(
      tasks.map(({ taskId }) =>
        scene.recordWhere(taskId, ({ eni, lastStatus }) => eni !== undefined || lastStatus === 'STOPPED'),
      ),
    );
    assert.equal(ends.filter(({ eni }) => eni !== undefined).length, 2);
  });

  it('passes over a subnet without a free address', async () => {
    await fill(A);
    scene.connect();
    await scene.put(taskIn('t1', { subnets: [A, B] }));
    assert.equal(await subnetOf('t1'), B);
  });

  it('says which subnet has no free address', async () => {
    await fill(A);
    scene.connect();
    await scene.put(taskIn('t1', {}), taskIn('t2', { assignPublicIp: 'ENABLED' }));
    const code = 'InsufficientFreeAddressesInSubnet';
    assert.equal(
      await reasonOf('t1'),
      `Unexpected EC2 error while attempting to Create Network Interface in subnet '${A}': ${code}`,
    );
    assert.equal(
      await reasonOf('t2'),
      `Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet '${A}': ${code}`,
    );
    assert.deepEqual(await scene.claimedPublic(), []);
  });

  it('says that no public address is left, and keeps no private one for it', async () => {
    await scene.close();
    scene = await ControlScene.open({ publicCidr: '198.19.0.0/30' });
    await scene.startControl();
    scene.connect();
    const tasks = ['t1', 't2'].map((taskId) => taskIn(taskId, { assignPublicIp: 'ENABLED' }));
    await scene.put(...tasks);
    await Promise.all(tasks.map(({ taskId }) => subnetOf(taskId)));
    await scene.put(taskIn('t3', { assignPublicIp: 'ENABLED' }));
    assert.match(
      (await reasonOf('t3')) ?? '',
      /public IP assignment enabled .*: InsufficientAddressCapacity$/,
    );
    assert.equal((await scene.claimed(A)).length, 2);
    await scene.put(taskIn('t4', {}));
    assert.equal(await subnetOf('t4'), A);
  });

  it('says that a subnet was deleted since RunTask', async () => {
    await scene.put(taskIn('t1', { subnets: [A] }), taskIn('t2', { subnets: [A, B] }));
    await scene.removeEc2('subnet', A);
    scene.connect();
    assert.equal(
      await reasonOf('t1'),
      `Unexpected EC2 error while attempting to Create Network Interface in subnet '${A}': InvalidSubnetID.NotFound`,
    );
    assert.equal(await subnetOf('t2'), B);
  });

  it('says that a group was deleted since RunTask', async () => {
    await scene.put(taskIn('t1', { securityGroups: [VPC.securityGroupId, 'sg-gone'] }));
    scene.connect();
    assert.equal(
      await reasonOf('t1'),
      `Unexpected EC2 error while attempting to Create Network Interface in subnet '${A}': InvalidGroup.NotFound`,
    );
  });

  it('makes no interface for a subnet or group that is deleted while it is made', async () => {
    for (const [kind, id] of [
      ['subnet', A],
      ['security-group', VPC.securityGroupId],
    ] as const) {
      const task = taskIn(`t-${kind}`, { securityGroups: [VPC.securityGroupId] });
      const transact = scene.store.transact.bind(scene.store);
      let isFirst = true;
      scene.store.transact = async (conditions, writes) => {
        // The last moment before the interface is committed.
        if (isFirst && writes.some((write) => 'put' in write && write.put.includes('/ec2/eni/'))) {
          isFirst = false;
          await transact([], [{ delete: keys.ec2(SCOPE, kind, id) }]);
        }
        return transact(conditions, writes);
      };
      await scene.put(task);
      scene.connect();
      assert.match((await reasonOf(task.taskId)) ?? '', /NotFound$/);
      assert.deepEqual(await scene.all('eni'), []);
      assert.deepEqual(await scene.claimed(A), []);
      scene.store.transact = transact;
      await scene.close();
      scene = await ControlScene.open();
      await scene.startControl();
    }
  });

  it('keeps nothing of a placement that could not be written', async () => {
    const transact = scene.store.transact.bind(scene.store);
    let failures = 1;
    scene.store.transact = async (conditions, writes) => {
      const isPlacement = writes.some((write) => 'put' in write && write.put.includes('/ec2/eni/'));
      if (isPlacement && failures > 0) {
        failures -= 1;
        throw new Error('no space left on the disk');
      }
      return transact(conditions, writes);
    };
    await fill(A);
    await scene.store.transact([], [{ delete: keys.address(SCOPE, A, '172.31.0.9') }]);
    scene.connect();
    await scene.put(taskIn('t1', { assignPublicIp: 'ENABLED' }, { memoryMiB: 4096 }));
    assert.equal(await subnetOf('t1'), A);
    assert.equal(failures, 0);
    assert.equal((await scene.claimedPublic()).length, 1);
  });

  it("writes EC2's record of the interface, with its groups and its public address", async () => {
    scene.connect();
    const securityGroups = [VPC.securityGroupId];
    await scene.put(taskIn('t1', { assignPublicIp: 'ENABLED', securityGroups }));
    const { eni } = await scene.recordWhere('t1', (task) => task.eni !== undefined);
    const [record, ...others] = await scene.all('eni');
    assert.deepEqual(others, []);
    assert.deepEqual(record?.securityGroups, securityGroups);
    assert.equal(record?.eniId, eni?.eniId);
    assert.equal(record?.subnetId, SUBNET.subnetId);
    assert.equal(record?.privateIpv4Address, eni?.privateIpv4Address);
    assert.deepEqual(record?.owner, {
      ...{ type: 'task', taskArn: aTask('t1').taskArn, attachmentId: 'a1', machineId: 'm1' },
    });
    assert.deepEqual(await scene.claimed(A), [eni?.privateIpv4Address]);
    assert.deepEqual(await scene.claimedPublic(), [record?.publicIpv4Address]);
  });

  it('gives no public address unless it is asked for', async () => {
    scene.connect();
    await scene.put(taskIn('t1', {}));
    await subnetOf('t1');
    assert.equal((await scene.all('eni'))[0]?.publicIpv4Address, undefined);
    assert.deepEqual(await scene.claimedPublic(), []);
  });

  it('gives no name where the VPC gives none', async () => {
    const [vpc] = await scene.all('vpc');
    assert.ok(vpc);
    await scene.putEc2('vpc', vpc.vpcId, { ...vpc, enableDnsHostnames: false });
    scene.connect();
    await scene.put(taskIn('t1', {}));
    const { eni } = await scene.recordWhere('t1', (task) => task.eni !== undefined);
    assert.equal(eni?.privateDnsName, '');
  });
});

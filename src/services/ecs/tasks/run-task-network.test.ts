import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  aRunTask,
  EcsUnderTest,
  FOREIGN_GROUP,
  FOREIGN_SUBNET,
  refuses,
  SCOPE,
  SUBNET,
  VPC,
} from '../../../../test/support/ecs/ecs-under-test.ts';
import { keys } from '../../../domain/keys.ts';

const INVALID = 'InvalidParameterException';
let ecs: EcsUnderTest;
beforeEach(async () => {
  ecs = new EcsUnderTest();
  await ecs.ready();
  await ecs.networks.ensure(SCOPE);
});

const inNetwork = (over: object) =>
  aRunTask({ networkConfiguration: { awsvpcConfiguration: { subnets: [SUBNET], ...over } } });

describe("RunTask's network", () => {
  const networkOf = async (over: object) => {
    const { taskArn } = await ecs.run(inNetwork(over));
    return (await ecs.record(taskArn)).networkConfiguration;
  };

  it("has the VPC's default group when the request names none", async () => {
    assert.deepEqual(await networkOf({}), {
      subnets: [SUBNET],
      securityGroups: [VPC.securityGroupId],
      assignPublicIp: 'DISABLED',
    });
    await ecs.addForeignVpc();
    const foreign = await networkOf({ subnets: [FOREIGN_SUBNET], securityGroups: [] });
    assert.deepEqual(foreign.securityGroups, [FOREIGN_GROUP]);
  });

  it('has the groups that the request names, each once', async () => {
    const group = await ecs.store.get(keys.ec2(SCOPE, 'security-group', VPC.securityGroupId));
    const second = { ...(group?.value as object), groupId: 'sg-2' };
    await ecs.store.transact([], [{ put: keys.ec2(SCOPE, 'security-group', 'sg-2'), value: second }]);
    const { securityGroups } = await networkOf({ securityGroups: ['sg-2', VPC.securityGroupId, 'sg-2'] });
    assert.deepEqual(securityGroups, ['sg-2', VPC.securityGroupId]);
  });

  it('takes all subnets of a VPC, and a public address where asked', async () => {
    const subnets = VPC.subnets.map(({ subnetId }) => subnetId);
    const network = await networkOf({ subnets, assignPublicIp: 'ENABLED' });
    assert.deepEqual(network.subnets, subnets);
    assert.equal(network.assignPublicIp, 'ENABLED');
  });

  it('may not be of another account', async () => {
    const other = { account: '111111111111', region: SCOPE.region };
    const subnet = await ecs.store.get(keys.ec2(SCOPE, 'subnet', SUBNET));
    const value = { ...(subnet?.value as object), subnetId: 'subnet-theirs' };
    await ecs.store.transact([], [{ put: keys.ec2(other, 'subnet', 'subnet-theirs'), value }]);
    await refuses(
      ecs.call('RunTask', inNetwork({ subnets: ['subnet-theirs'] })),
      INVALID,
      "Error retrieving subnet information for [subnet-theirs]: The subnet ID 'subnet-theirs' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
    );
  });

  it('may not be in a subnet that was deleted', async () => {
    await ecs.store.transact([], [{ delete: keys.ec2(SCOPE, 'subnet', SUBNET) }]);
    await refuses(ecs.call('RunTask', inNetwork({})), INVALID, /^Error retrieving subnet information for/);
  });

  it('is shown while the interface is not made: the subnet, where there is one choice', async () => {
    const { attachments } = await ecs.run(inNetwork({}));
    assert.deepEqual(attachments?.[0]?.details, [{ name: 'subnetId', value: SUBNET }]);
    const subnets = VPC.subnets.map(({ subnetId }) => subnetId);
    const several = await ecs.run(inNetwork({ subnets }));
    assert.equal(several.attachments?.[0]?.status, 'PRECREATED');
    assert.deepEqual(several.attachments?.[0]?.details, []);
    assert.deepEqual(several.containers?.[0]?.networkInterfaces, []);
  });

  it('is shown as deleted when the task has ended without an interface', async () => {
    const { taskArn = '' } = await ecs.run(inNetwork({}));
    await ecs.change(taskArn, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' });
    const { tasks } = await ecs.call('DescribeTasks', { tasks: [taskArn] });
    assert.deepEqual(tasks?.[0]?.attachments, [
      {
        ...{ id: tasks?.[0]?.attachments?.[0]?.id, type: 'ElasticNetworkInterface', status: 'DELETED' },
        details: [{ name: 'subnetId', value: SUBNET }],
      },
    ]);
  });
});

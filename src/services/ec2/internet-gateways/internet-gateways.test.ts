import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';

let ec2: Ec2UnderTest;
beforeEach(() => {
  ec2 = new Ec2UnderTest();
});

const newVpc = async (): Promise<string> =>
  (await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId ?? '';
const create = async (): Promise<string> =>
  (await ec2.client.createInternetGateway({})).InternetGateway?.InternetGatewayId ?? '';
const attachments = async (id: string) =>
  (await ec2.client.describeInternetGateways({ InternetGatewayIds: [id] })).InternetGateways?.[0]
    ?.Attachments;

describe('Internet gateways', () => {
  it('are attached to one VPC, detached and deleted', async () => {
    const VpcId = await newVpc();
    const InternetGatewayId = await create();
    assert.deepEqual(await attachments(InternetGatewayId), []);
    await ec2.client.attachInternetGateway({ VpcId, InternetGatewayId });
    assert.deepEqual(await attachments(InternetGatewayId), [{ VpcId, State: 'available' }]);
    await refusesEc2(
      ec2.client.attachInternetGateway({ VpcId: await newVpc(), InternetGatewayId }),
      'Resource.AlreadyAssociated',
      `resource ${InternetGatewayId} is already attached to network ${VpcId}`,
    );
    await refusesEc2(
      ec2.client.attachInternetGateway({ VpcId, InternetGatewayId: await create() }),
      'InvalidParameterValue',
      `Network ${VpcId} already has an internet gateway attached`,
    );
    await refusesEc2(
      ec2.client.deleteInternetGateway({ InternetGatewayId }),
      'DependencyViolation',
      `The internetGateway '${InternetGatewayId}' has dependencies and cannot be deleted.`,
    );
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    await refusesEc2(
      ec2.client.detachInternetGateway({ VpcId, InternetGatewayId }),
      'Gateway.NotAttached',
      `resource ${InternetGatewayId} is not attached to network ${VpcId}`,
    );
    await ec2.client.deleteInternetGateway({ InternetGatewayId });
    await refusesEc2(
      ec2.client.describeInternetGateways({ InternetGatewayIds: [InternetGatewayId] }),
      'InvalidInternetGatewayID.NotFound',
      `The internetGateway ID '${InternetGatewayId}' does not exist`,
    );
  });

  it('are found by the VPC that they are attached to', async () => {
    const VpcId = await newVpc();
    const InternetGatewayId = await create();
    await ec2.client.attachInternetGateway({ VpcId, InternetGatewayId });
    const { InternetGateways = [] } = await ec2.client.describeInternetGateways({
      Filters: [{ Name: 'attachment.vpc-id', Values: [VpcId] }],
    });
    assert.deepEqual(
      InternetGateways.map((gateway) => gateway.InternetGatewayId),
      [InternetGatewayId],
    );
  });
});

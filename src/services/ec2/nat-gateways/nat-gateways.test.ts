import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { makeSubnetWithGateway } from '../../../../test/support/ec2/subnet-with-gateway.ts';

let ec2: Ec2UnderTest;
let VpcId: string;
let SubnetId: string;
let InternetGatewayId: string;
beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  ({ VpcId, SubnetId, InternetGatewayId } = await makeSubnetWithGateway(ec2, '10.0.1.0/28'));
});

const allocate = async () => {
  const { AllocationId = '', PublicIp = '' } = await ec2.client.allocateAddress({});
  return { AllocationId, PublicIp };
};
const create = async (more: object) => {
  const { NatGateway } = await ec2.client.createNatGateway({ SubnetId, ...more });
  return NatGateway ?? assert.fail('no gateway');
};
const show = async (NatGatewayId: string | undefined) => {
  const { NatGateways: [gateway] = [] } = await ec2.client.describeNatGateways({
    NatGatewayIds: [NatGatewayId ?? ''],
  });
  return gateway ?? assert.fail('no gateway');
};
const free = async () =>
  (await ec2.client.describeSubnets({ SubnetIds: [SubnetId] })).Subnets?.[0]?.AvailableIpAddressCount;

describe('A public NAT gateway', () => {
  it('has an interface in its subnet and an elastic address', async () => {
    const { AllocationId, PublicIp } = await allocate();
    const made = await create({
      AllocationId,
      TagSpecifications: [{ ResourceType: 'natgateway', Tags: [{ Key: 'Name', Value: 'way out' }] }],
    });
    assert.equal(made.State, 'pending');
    const shown = await show(made.NatGatewayId);
    assert.deepEqual(
      [shown.State, shown.ConnectivityType, shown.VpcId, shown.SubnetId],
      ['available', 'public', VpcId, SubnetId],
    );
    assert.deepEqual(shown.Tags, [{ Key: 'Name', Value: 'way out' }]);
    const [own] = shown.NatGatewayAddresses ?? [];
    assert.deepEqual(
      [own?.AllocationId, own?.PublicIp, own?.PrivateIp, own?.Status, own?.IsPrimary],
      [AllocationId, PublicIp, '10.0.1.4', 'succeeded', true],
    );
    assert.equal(await free(), 10);
    const { Addresses: [address] = [] } = await ec2.client.describeAddresses({
      AllocationIds: [AllocationId],
    });
    assert.deepEqual(
      [address?.AssociationId, address?.NetworkInterfaceId, address?.PrivateIpAddress],
      [own?.AssociationId, own?.NetworkInterfaceId, '10.0.1.4'],
    );
    assert.match(own?.NetworkInterfaceId ?? '', /^eni-0[0-9a-f]{16}$/);
    assert.match(own?.AssociationId ?? '', /^eipassoc-0[0-9a-f]{16}$/);
  });

  it('keeps subnet, address and internet gateway until it is deleted', async () => {
    const { AllocationId } = await allocate();
    const { NatGatewayId } = await create({ AllocationId });
    await refusesEc2(ec2.client.deleteSubnet({ SubnetId }), 'DependencyViolation', /has dependencies/);
    await refusesEc2(
      ec2.client.releaseAddress({ AllocationId }),
      'AuthFailure',
      'You do not have permission to access the specified resource.',
    );
    await refusesEc2(
      ec2.client.detachInternetGateway({ VpcId, InternetGatewayId }),
      'DependencyViolation',
      `Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
    );
    assert.equal((await ec2.client.deleteNatGateway({ NatGatewayId })).NatGatewayId, NatGatewayId);
    const { Addresses: [address] = [] } = await ec2.client.describeAddresses({
      AllocationIds: [AllocationId],
    });
    assert.equal(address?.AssociationId, undefined);
    assert.equal(await free(), 11);
    await ec2.client.releaseAddress({ AllocationId });
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    await ec2.client.deleteSubnet({ SubnetId });
    await ec2.client.deleteVpc({ VpcId });
  });

  it('is shown as deleted for an hour', async () => {
    const { AllocationId } = await allocate();
    const { NatGatewayId } = await create({ AllocationId });
    await ec2.client.deleteNatGateway({ NatGatewayId });
    await ec2.client.deleteNatGateway({ NatGatewayId });
    const shown = await show(NatGatewayId);
    assert.equal(shown.State, 'deleted');
    assert.equal(shown.DeleteTime?.getTime(), ec2.clock.now());
    ec2.clock.advance(59 * 60_000);
    assert.equal((await show(NatGatewayId)).State, 'deleted');
    ec2.clock.advance(60_000);
    await refusesEc2(
      show(NatGatewayId),
      'NatGatewayNotFound',
      `The Nat Gateway ${NatGatewayId} was not found`,
    );
    assert.deepEqual((await ec2.client.describeNatGateways({})).NatGateways, []);
  });

  it('makes a blackhole of the routes to it when it goes', async () => {
    const { AllocationId } = await allocate();
    const { NatGatewayId } = await create({ AllocationId });
    const { RouteTable } = await ec2.client.createRouteTable({ VpcId });
    const RouteTableId = RouteTable?.RouteTableId;
    await ec2.client.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId });
    const state = async () =>
      (await ec2.client.describeRouteTables({ RouteTableIds: [RouteTableId ?? ''] })).RouteTables?.[0]
        ?.Routes?.[1];
    assert.deepEqual([(await state())?.NatGatewayId, (await state())?.State], [NatGatewayId, 'active']);
    await ec2.client.deleteNatGateway({ NatGatewayId });
    assert.equal((await state())?.State, 'blackhole');
  });

  it('is made once for a client token', async () => {
    const { AllocationId } = await allocate();
    const { NatGatewayId } = await create({ AllocationId, ClientToken: 'once' });
    assert.equal((await create({ AllocationId, ClientToken: 'once' })).NatGatewayId, NatGatewayId);
    assert.equal((await ec2.client.describeNatGateways({})).NatGateways?.length, 1);
    await refusesEc2(
      create({ AllocationId, ClientToken: 'once', PrivateIpAddress: '10.0.1.9' }),
      'IdempotentParameterMismatch',
      /inconsistent/,
    );
  });

  it('fails without an internet gateway, and for an address that something else has', async () => {
    const { AllocationId } = await allocate();
    const failure = async (more = {}) => {
      const { NatGatewayId, State, FailureCode } = await create({ AllocationId, ...more });
      assert.deepEqual([State, FailureCode], ['pending', undefined]);
      const shown = await show(NatGatewayId);
      assert.equal(shown.State, 'failed');
      return `${shown.FailureCode}: ${shown.FailureMessage}`;
    };
    await create({ AllocationId });
    assert.equal(
      await failure(),
      `Resource.AlreadyAssociated: Elastic IP address [${AllocationId}] is already associated`,
    );
    const { NatGateways = [] } = await ec2.client.describeNatGateways({
      Filter: [{ Name: 'state', Values: ['available'] }],
    });
    for (const { NatGatewayId } of NatGateways) await ec2.client.deleteNatGateway({ NatGatewayId });
    await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
    assert.equal(await failure(), `Gateway.NotAttached: Network ${VpcId} has no Internet gateway attached`);
    assert.equal(await free(), 11);
  });
});

describe('A private NAT gateway', () => {
  it('has the private address that is asked for and no other', async () => {
    const { NatGatewayId } = await create({ ConnectivityType: 'private', PrivateIpAddress: '10.0.1.9' });
    const shown = await show(NatGatewayId);
    assert.deepEqual([shown.State, shown.ConnectivityType], ['available', 'private']);
    const [own] = shown.NatGatewayAddresses ?? [];
    assert.deepEqual([own?.PrivateIp, own?.PublicIp, own?.AllocationId], ['10.0.1.9', undefined, undefined]);
    await refusesEc2(
      create({ ConnectivityType: 'private', PrivateIpAddress: '10.0.1.9' }),
      'InvalidIPAddress.InUse',
      'Address is in use.',
    );
  });

  it('fails in a subnet that is full', async () => {
    for (let made = 0; made < 11; made += 1) await create({ ConnectivityType: 'private' });
    assert.equal(await free(), 0);
    const { NatGatewayId } = await create({ ConnectivityType: 'private' });
    const { State, FailureCode } = await show(NatGatewayId);
    assert.deepEqual([State, FailureCode], ['failed', 'InsufficientFreeAddressesInSubnet']);
  });
});

describe('CreateNatGateway', () => {
  it('refuses what does not go together or is not there', async () => {
    const { AllocationId } = await allocate();
    await refusesEc2(create({}), 'MissingParameter', 'The request must contain the parameter AllocationId');
    await refusesEc2(
      create({ ConnectivityType: 'private', AllocationId }),
      'InvalidParameterCombination',
      /AllocationId/,
    );
    await refusesEc2(create({ AvailabilityMode: 'regional' }), 'UnsupportedOperation', /Regional/);
    await refusesEc2(
      create({ AllocationId: 'eipalloc-0123456789abcdef0' }),
      'InvalidAllocationID.NotFound',
      "The allocation ID 'eipalloc-0123456789abcdef0' does not exist",
    );
    await refusesEc2(
      ec2.client.describeNatGateways({ NatGatewayIds: ['nat-1'] }),
      'NatGatewayMalformed',
      'The Nat Gateway ID nat-1 is malformed',
    );
  });
});

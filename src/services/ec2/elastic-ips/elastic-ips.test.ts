import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { keys } from '../../../domain/keys.ts';
import { EC2_SCOPE, Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';

/** Six addresses, without the ends. */
const POOL = { publicCidr: '198.19.0.0/29' };

let ec2: Ec2UnderTest;
beforeEach(() => {
  ec2 = new Ec2UnderTest(POOL);
});

const allocate = async (client = ec2.client): Promise<string> =>
  (await client.allocateAddress({ Domain: 'vpc' })).PublicIp ?? '';

describe('Elastic addresses', () => {
  it('are of the pool that all accounts share, each of one only', async () => {
    const other = ec2.clientOf({ ...EC2_SCOPE, account: '111111111111' });
    const all = await Promise.all([ec2.client, other, ec2.client, other, ec2.client, other].map(allocate));
    assert.deepEqual(
      all.toSorted(),
      [1, 2, 3, 4, 5, 6].map((last) => `198.19.0.${last}`),
    );
    await refusesEc2(allocate(), 'InsufficientAddressCapacity', /not enough free public addresses/);
    assert.equal((await other.describeAddresses({})).Addresses?.length, 3);
    const { Addresses: [mine] = [] } = await ec2.client.describeAddresses({});
    await refusesEc2(
      other.releaseAddress({ AllocationId: mine?.AllocationId }),
      'InvalidAllocationID.NotFound',
      `The allocation ID '${mine?.AllocationId}' does not exist`,
    );
    await ec2.client.releaseAddress({ AllocationId: mine?.AllocationId });
    assert.equal(await allocate(other), mine?.PublicIp);
  });

  it('are never those that tasks have', async () => {
    for (const last of [1, 2, 3, 4, 6]) {
      const value = { ...EC2_SCOPE, ownerId: 'eni-0' };
      await ec2.store.transact([], [{ put: keys.publicAddress(`198.19.0.${last}`), value }]);
    }
    assert.equal(await allocate(), '198.19.0.5');
  });

  it('are shown by allocation, address and filter', async () => {
    const { AllocationId = '', PublicIp = '' } = await ec2.client.allocateAddress({
      TagSpecifications: [{ ResourceType: 'elastic-ip', Tags: [{ Key: 'Name', Value: 'nat' }] }],
    });
    await allocate();
    const expected = [
      {
        ...{ AllocationId, PublicIp, Domain: 'vpc', PublicIpv4Pool: 'amazon' },
        ...{ NetworkBorderGroup: 'eu-west-1', Tags: [{ Key: 'Name', Value: 'nat' }] },
      },
    ];
    for (const input of [
      { AllocationIds: [AllocationId] },
      { PublicIps: [PublicIp] },
      { Filters: [{ Name: 'tag:Name', Values: ['nat'] }] },
      { Filters: [{ Name: 'public-ip', Values: [PublicIp] }] },
    ]) {
      assert.deepEqual((await ec2.client.describeAddresses(input)).Addresses, expected);
    }
    await refusesEc2(
      ec2.client.describeAddresses({ PublicIps: ['192.0.2.1'] }),
      'InvalidAddress.NotFound',
      "Address '192.0.2.1' not found.",
    );
  });

  it('have no names of their own in reverse DNS', async () => {
    const { AllocationId, PublicIp } = await ec2.client.allocateAddress({});
    await allocate();
    const { Addresses } = await ec2.client.describeAddressesAttribute({
      AllocationIds: [AllocationId ?? ''],
      Attribute: 'domain-name',
    });
    assert.deepEqual(Addresses, [{ AllocationId, PublicIp }]);
    const { Addresses: first = [], NextToken } = await ec2.client.describeAddressesAttribute({
      MaxResults: 1,
    });
    const { Addresses: second = [] } = await ec2.client.describeAddressesAttribute({
      MaxResults: 1,
      NextToken,
    });
    assert.equal(new Set([...first, ...second].map((address) => address.PublicIp)).size, 2);
  });

  it('may be asked for by number', async () => {
    assert.equal((await ec2.client.allocateAddress({ Address: '198.19.0.3' })).PublicIp, '198.19.0.3');
    for (const Address of ['198.19.0.3', '198.19.0.7', '192.0.2.1', 'me']) {
      await refusesEc2(
        ec2.client.allocateAddress({ Address }),
        'InvalidAddress.NotFound',
        `Address '${Address}' not found.`,
      );
    }
  });

  it('refuse to be released by number, and those of a Neargate that has other ones', async () => {
    await refusesEc2(
      ec2.client.releaseAddress({ PublicIp: await allocate() }),
      'InvalidParameterValue',
      'You must specify an allocation id when releasing a VPC elastic IP address',
    );
    await refusesEc2(
      ec2.client.allocateAddress({ Domain: 'standard' }),
      'UnsupportedOperation',
      /EC2-Classic/,
    );
  });
});

describe('AssociateAddress and DisassociateAddress', () => {
  it('leave the interfaces of services alone', async () => {
    ec2 = new Ec2UnderTest();
    const { Subnets: [subnet] = [] } = await ec2.client.describeSubnets({});
    const inUse = await ec2.client.allocateAddress({});
    const { NatGateway } = await ec2.client.createNatGateway({
      ...{ SubnetId: subnet?.SubnetId, AllocationId: inUse.AllocationId },
    });
    const { Addresses: [address] = [] } = await ec2.client.describeAddresses({});
    const { NetworkInterfaceId, AssociationId } = address ?? {};
    const { AllocationId } = await ec2.client.allocateAddress({});
    const denied = ['AuthFailure', 'You do not have permission to access the specified resource.'] as const;
    await refusesEc2(ec2.client.associateAddress({ AllocationId, NetworkInterfaceId }), ...denied);
    await refusesEc2(ec2.client.disassociateAddress({ AssociationId }), ...denied);
    await refusesEc2(
      ec2.client.associateAddress({ AllocationId: inUse.AllocationId, NetworkInterfaceId }),
      'Resource.AlreadyAssociated',
      `resource ${inUse.AllocationId} is already associated with associate-id ${AssociationId}`,
    );
    const { NatGateways: [gateway] = [] } = await ec2.client.describeNatGateways({});
    assert.equal(gateway?.NatGatewayAddresses?.[0]?.AllocationId, inUse.AllocationId);
    assert.equal(gateway?.NatGatewayId, NatGateway?.NatGatewayId);
  });

  it('name what is not there', async () => {
    const { AllocationId } = await ec2.client.allocateAddress({});
    await refusesEc2(
      ec2.client.associateAddress({ AllocationId, InstanceId: 'i-0123456789abcdef0' }),
      'InvalidInstanceID.NotFound',
      "The instance ID 'i-0123456789abcdef0' does not exist",
    );
    await refusesEc2(
      ec2.client.associateAddress({ AllocationId, NetworkInterfaceId: 'eni-0123456789abcdef0' }),
      'InvalidNetworkInterfaceID.NotFound',
      "The networkInterface ID 'eni-0123456789abcdef0' does not exist",
    );
    await refusesEc2(
      ec2.client.disassociateAddress({ AssociationId: 'eipassoc-0123456789abcdef0' }),
      'InvalidAssociationID.NotFound',
      "The association ID 'eipassoc-0123456789abcdef0' does not exist",
    );
  });
});

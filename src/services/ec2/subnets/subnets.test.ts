import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { keys } from '../../../domain/keys.ts';
import { EC2_SCOPE, Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';

let ec2: Ec2UnderTest;
let VpcId: string;
beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
  VpcId = Vpc?.VpcId ?? assert.fail('no VPC');
});

const create = async (CidrBlock: string, more = {}) => {
  const { Subnet } = await ec2.client.createSubnet({ VpcId, CidrBlock, ...more });
  return Subnet ?? assert.fail('no subnet');
};
/** As a task's placement does it: without this API. */
const claim = (subnetId: string, address: string) =>
  ec2.store.transact([], [{ put: keys.address(EC2_SCOPE, subnetId, address), value: { eniId: 'eni-0' } }]);

describe('CreateSubnet', () => {
  it('makes a subnet in the zone that is asked for', async () => {
    const subnet = await create('10.0.1.7/24', {
      AvailabilityZone: 'eu-west-1b',
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'Name', Value: 'web' }] }],
    });
    assert.equal(subnet.CidrBlock, '10.0.1.0/24');
    assert.equal(subnet.AvailableIpAddressCount, 251);
    assert.deepEqual([subnet.AvailabilityZone, subnet.AvailabilityZoneId], ['eu-west-1b', 'euw1-az2']);
    assert.deepEqual([subnet.DefaultForAz, subnet.MapPublicIpOnLaunch], [false, false]);
    assert.deepEqual(subnet.Tags, [{ Key: 'Name', Value: 'web' }]);
    assert.equal(subnet.SubnetArn, `arn:aws:ec2:eu-west-1:000000000000:subnet/${subnet.SubnetId}`);
    const byId = await create('10.0.2.0/24', { AvailabilityZoneId: 'euw1-az3' });
    assert.equal(byId.AvailabilityZone, 'eu-west-1c');
  });

  const refused = [
    { name: 'a range outside the VPC', cidr: '10.1.0.0/24', code: 'InvalidSubnet.Range' },
    { name: 'a range larger than the VPC', cidr: '10.0.0.0/15', code: 'InvalidSubnet.Range' },
    { name: 'a range that is too small', cidr: '10.0.0.0/29', code: 'InvalidSubnet.Range' },
  ];
  for (const { name, cidr, code } of refused) {
    it(`refuses ${name}`, () => refusesEc2(create(cidr), code, `The CIDR '${cidr}' is invalid.`));
  }

  it('refuses a range that meets another subnet', async () => {
    await create('10.0.1.0/24');
    for (const cidr of ['10.0.1.0/24', '10.0.0.0/23', '10.0.1.128/25']) {
      await refusesEc2(
        create(cidr),
        'InvalidSubnet.Conflict',
        `The CIDR '${cidr}' conflicts with another subnet`,
      );
    }
    await create('10.0.2.0/24');
  });

  it('makes one of two that ask for the same range at the same time', async () => {
    const results = await Promise.allSettled([create('10.0.1.0/24'), create('10.0.1.0/24')]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('refuses zones of elsewhere, IPv6, and VPCs that are not there', async () => {
    await refusesEc2(
      create('10.0.1.0/24', { AvailabilityZone: 'us-east-1a' }),
      'InvalidParameterValue',
      'Value (us-east-1a) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: eu-west-1a, eu-west-1b, eu-west-1c.',
    );
    await refusesEc2(create('10.0.1.0/24', { Ipv6CidrBlock: 'fd00::/64' }), 'UnsupportedOperation', /IPv6/);
    await refusesEc2(
      create('10.0.1.0/24', { VpcId: 'vpc-0123456789abcdef0' }),
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-0123456789abcdef0' does not exist",
    );
  });
});

describe('DescribeSubnets', () => {
  it('counts the addresses that are left', async () => {
    const { SubnetId = '' } = await create('10.0.1.0/28');
    await claim(SubnetId, '10.0.1.4');
    await claim(SubnetId, '10.0.1.5');
    const { Subnets: [subnet] = [] } = await ec2.client.describeSubnets({ SubnetIds: [SubnetId] });
    assert.equal(subnet?.AvailableIpAddressCount, 9);
    const { Subnets: counted = [] } = await ec2.client.describeSubnets({
      Filters: [{ Name: 'available-ip-address-count', Values: ['9'] }],
    });
    assert.deepEqual(
      counted.map((one) => one.SubnetId),
      [SubnetId],
    );
  });

  it('finds by VPC, range and zone', async () => {
    const { SubnetId } = await create('10.0.1.0/24', { AvailabilityZone: 'eu-west-1c' });
    await create('10.0.2.0/24');
    for (const filter of [
      { Name: 'cidr-block', Values: ['10.0.1.*'] },
      { Name: 'availability-zone', Values: ['eu-west-1c'] },
      { Name: 'availabilityZoneId', Values: ['euw1-az3'] },
    ]) {
      const { Subnets = [] } = await ec2.client.describeSubnets({
        Filters: [{ Name: 'vpc-id', Values: [VpcId] }, filter],
      });
      assert.deepEqual(
        Subnets.map((subnet) => subnet.SubnetId),
        [SubnetId],
        filter.Name,
      );
    }
  });
});

describe('DeleteSubnet', () => {
  it('refuses while an interface has an address of it', async () => {
    const { SubnetId = '' } = await create('10.0.1.0/24');
    await claim(SubnetId, '10.0.1.9');
    await refusesEc2(
      ec2.client.deleteSubnet({ SubnetId }),
      'DependencyViolation',
      `The subnet '${SubnetId}' has dependencies and cannot be deleted.`,
    );
    await ec2.store.transact([], [{ delete: keys.address(EC2_SCOPE, SubnetId, '10.0.1.9') }]);
    await ec2.client.deleteSubnet({ SubnetId });
    await refusesEc2(
      ec2.client.describeSubnets({ SubnetIds: [SubnetId] }),
      'InvalidSubnetID.NotFound',
      `The subnet ID '${SubnetId}' does not exist`,
    );
  });

  it('leaves a subnet as it was when a task came into it meanwhile', async () => {
    const { SubnetId = '' } = await create('10.0.1.0/24');
    const { RouteTable } = await ec2.client.createRouteTable({ VpcId });
    const RouteTableId = RouteTable?.RouteTableId;
    const { AssociationId } = await ec2.client.associateRouteTable({ RouteTableId, SubnetId });
    const transact = ec2.store.transact.bind(ec2.store);
    ec2.store.transact = async (conditions, writes) => {
      ec2.store.transact = transact;
      await claim(SubnetId, '10.0.1.9');
      return ec2.store.transact(conditions, writes);
    };
    await refusesEc2(ec2.client.deleteSubnet({ SubnetId }), 'DependencyViolation', /has dependencies/);
    const { Subnets = [] } = await ec2.client.describeSubnets({ SubnetIds: [SubnetId] });
    assert.equal(Subnets.length, 1);
    const { RouteTables: [table] = [] } = await ec2.client.describeRouteTables({
      Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }],
    });
    assert.equal(table?.Associations?.[0]?.RouteTableAssociationId, AssociationId);
  });

  it('takes the association with its route table along', async () => {
    const { SubnetId } = await create('10.0.1.0/24');
    const { RouteTable } = await ec2.client.createRouteTable({ VpcId });
    const RouteTableId = RouteTable?.RouteTableId;
    await ec2.client.associateRouteTable({ RouteTableId, SubnetId });
    await ec2.client.deleteSubnet({ SubnetId });
    await ec2.client.deleteRouteTable({ RouteTableId });
  });
});

describe('ModifySubnetAttribute', () => {
  it('sets MapPublicIpOnLaunch and refuses what there is not', async () => {
    const { SubnetId } = await create('10.0.1.0/24');
    await ec2.client.modifySubnetAttribute({ SubnetId, MapPublicIpOnLaunch: { Value: true } });
    const shown = async () =>
      (
        await ec2.client.describeSubnets({
          Filters: [
            { Name: 'map-public-ip-on-launch', Values: ['true'] },
            { Name: 'vpc-id', Values: [VpcId] },
          ],
        })
      ).Subnets?.map((subnet) => subnet.SubnetId);
    assert.deepEqual(await shown(), [SubnetId]);
    await ec2.client.modifySubnetAttribute({ SubnetId, PrivateDnsHostnameTypeOnLaunch: 'ip-name' });
    assert.deepEqual(await shown(), [SubnetId]);
    await refusesEc2(
      ec2.client.modifySubnetAttribute({ SubnetId, AssignIpv6AddressOnCreation: { Value: true } }),
      'UnsupportedOperation',
      /IPv6/,
    );
    await refusesEc2(
      ec2.client.modifySubnetAttribute({ SubnetId, PrivateDnsHostnameTypeOnLaunch: 'resource-name' }),
      'UnsupportedOperation',
      /PrivateDnsHostnameTypeOnLaunch/,
    );
  });
});

describe('CreateDefaultSubnet', () => {
  it('makes one in a zone that has none, in a free part of the range', async () => {
    const inZone = [
      { Name: 'default-for-az', Values: ['true'] },
      { Name: 'availability-zone', Values: ['eu-west-1b'] },
    ];
    const { Subnets: [old] = [] } = await ec2.client.describeSubnets({ Filters: inZone });
    await refusesEc2(
      ec2.client.createDefaultSubnet({ AvailabilityZone: 'eu-west-1b' }),
      'DefaultSubnetAlreadyExistsInAvailabilityZone',
      `'${old?.SubnetId}' is already the default subnet in eu-west-1b.`,
    );
    await ec2.client.deleteSubnet({ SubnetId: old?.SubnetId });
    const { Subnet } = await ec2.client.createDefaultSubnet({ AvailabilityZone: 'eu-west-1b' });
    assert.deepEqual(
      [Subnet?.CidrBlock, Subnet?.DefaultForAz, Subnet?.MapPublicIpOnLaunch],
      ['172.31.16.0/20', true, true],
    );
  });
});

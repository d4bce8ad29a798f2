import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';

let ec2: Ec2UnderTest;
beforeEach(() => {
  ec2 = new Ec2UnderTest();
});

const create = async (more = {}): Promise<string> => {
  const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16', ...more });
  return Vpc?.VpcId ?? assert.fail('no VPC');
};
const defaultVpcId = async (): Promise<string> => {
  const isDefault = [{ Name: 'is-default', Values: ['true'] }];
  const { Vpcs: [vpc] = [] } = await ec2.client.describeVpcs({ Filters: isDefault });
  return vpc?.VpcId ?? assert.fail('no default VPC');
};
const inVpc = (VpcId: string) => ({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] });

describe('CreateVpc', () => {
  it('makes a VPC with a main route table, a default group and its tags', async () => {
    const { Vpc } = await ec2.client.createVpc({
      CidrBlock: '10.0.0.9/16',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'shop' }] }],
    });
    assert.equal(Vpc?.State, 'pending');
    assert.equal(Vpc.CidrBlock, '10.0.0.0/16');
    const VpcId = Vpc.VpcId ?? '';
    const { Vpcs: [shown] = [] } = await ec2.client.describeVpcs({ VpcIds: [VpcId] });
    assert.equal(shown?.State, 'available');
    assert.equal(shown.IsDefault, false);
    assert.deepEqual(shown.Tags, [{ Key: 'Name', Value: 'shop' }]);
    const { RouteTables: tables = [] } = await ec2.client.describeRouteTables(inVpc(VpcId));
    assert.deepEqual(
      tables.map(({ Associations = [] }) => Associations.map(({ Main }) => Main)),
      [[true]],
    );
    assert.deepEqual(tables[0]?.Routes, [
      {
        DestinationCidrBlock: '10.0.0.0/16',
        GatewayId: 'local',
        Origin: 'CreateRouteTable',
        State: 'active',
      },
    ]);
    const { SecurityGroups: groups = [] } = await ec2.client.describeSecurityGroups(inVpc(VpcId));
    assert.deepEqual(
      groups.map(({ GroupName }) => GroupName),
      ['default'],
    );
    const { Subnets: subnets } = await ec2.client.describeSubnets(inVpc(VpcId));
    assert.deepEqual(subnets, []);
  });

  const refused = [
    { name: 'no range', input: {}, code: 'MissingParameter', message: /CidrBlock/ },
    {
      name: 'what is no range',
      input: { CidrBlock: '10.0.0/16' },
      code: 'InvalidParameterValue',
      message: 'Value (10.0.0/16) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    },
    ...['10.0.0.0/15', '10.0.0.0/29', '127.0.0.0/16', '169.254.0.0/20', '224.0.0.0/16'].map((CidrBlock) => ({
      name: `the range ${CidrBlock}`,
      input: { CidrBlock },
      code: 'InvalidVpc.Range',
      message: `The CIDR '${CidrBlock}' is invalid.`,
    })),
    ...[
      ['198.19.0.0/20', '198.19.0.0/16'],
      ['198.18.0.0/16', '198.18.255.0/24'],
      ['100.64.0.0/16', '100.64.0.0/20'],
    ].map(([CidrBlock, own]) => ({
      name: `the range ${CidrBlock}, of which Neargate needs a part`,
      input: { CidrBlock },
      code: 'InvalidVpc.Range',
      message: `The CIDR '${CidrBlock}' is invalid: it overlaps with ${own}, which Neargate needs itself.`,
    })),
    {
      name: 'IPv6',
      input: { CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true },
      code: 'UnsupportedOperation',
      message: /IPv6/,
    },
    {
      name: 'tags of another type',
      input: { CidrBlock: '10.0.0.0/16', TagSpecifications: [{ ResourceType: 'subnet' as const, Tags: [] }] },
      code: 'InvalidParameterValue',
      message: /'subnet' is not a valid taggable resource type/,
    },
  ];
  for (const { name, input, code, message } of refused) {
    it(`refuses ${name}`, () => refusesEc2(ec2.client.createVpc(input), code, message));
  }

  it('lets several have the same range', async () => {
    assert.notEqual(await create(), await create());
  });
});

describe('DescribeVpcs', () => {
  it('finds by id, filter and tag, in pages', async () => {
    const made = [];
    for (let n = 0; n < 6; n += 1) made.push(await create({ CidrBlock: `10.${n}.0.0/16` }));
    await ec2.client.createTags({ Resources: made.slice(2, 4), Tags: [{ Key: 'Name', Value: 'blue' }] });
    const found = async (Name: string, ...Values: string[]) => {
      const { Vpcs = [] } = await ec2.client.describeVpcs({ Filters: [{ Name, Values }] });
      return Vpcs.map(({ VpcId = '' }) => VpcId).sort();
    };
    assert.deepEqual(await found('cidr', '10.1.0.0/16'), [made[1]]);
    assert.deepEqual(await found('tag:Name', 'b*'), made.slice(2, 4).sort());
    assert.deepEqual(await found('is-default', 'false'), [...made].sort());
    assert.deepEqual(await found('vpc-id', ...made.slice(4)), made.slice(4).sort());
    const first = await ec2.client.describeVpcs({ MaxResults: 5 });
    const second = await ec2.client.describeVpcs({ MaxResults: 5, NextToken: first.NextToken });
    assert.equal(first.Vpcs?.length, 5);
    assert.equal(second.NextToken, undefined);
    const all = [...first.Vpcs, ...(second.Vpcs ?? [])].map(({ VpcId = '' }) => VpcId);
    assert.deepEqual(all.toSorted(), [...made, await defaultVpcId()].toSorted());
  });

  it('refuses ids that are none or not there', async () => {
    await refusesEc2(
      ec2.client.describeVpcs({ VpcIds: ['vpc-xyz'] }),
      'InvalidVpcID.Malformed',
      'Invalid id: "vpc-xyz" (expecting "vpc-...")',
    );
    await refusesEc2(
      ec2.client.describeVpcs({ VpcIds: ['vpc-0123456789abcdef0'] }),
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-0123456789abcdef0' does not exist",
    );
  });
});

describe('DeleteVpc', () => {
  it('takes what the VPC came with', async () => {
    const VpcId = await create();
    await ec2.client.deleteVpc({ VpcId });
    await refusesEc2(ec2.client.deleteVpc({ VpcId }), 'InvalidVpcID.NotFound', /does not exist/);
    assert.deepEqual((await ec2.client.describeRouteTables(inVpc(VpcId))).RouteTables, []);
    assert.deepEqual((await ec2.client.describeSecurityGroups(inVpc(VpcId))).SecurityGroups, []);
  });

  it('refuses while anything is left in it', async () => {
    const VpcId = await create();
    const { client } = ec2;
    const { Subnet } = await client.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' });
    const { RouteTable } = await client.createRouteTable({ VpcId });
    const { GroupId } = await client.createSecurityGroup({ VpcId, GroupName: 'g', Description: 'd' });
    const { InternetGateway } = await client.createInternetGateway({});
    const InternetGatewayId = InternetGateway?.InternetGatewayId;
    await client.attachInternetGateway({ VpcId, InternetGatewayId });
    const removals = [
      () => client.deleteSubnet({ SubnetId: Subnet?.SubnetId }),
      () => client.deleteRouteTable({ RouteTableId: RouteTable?.RouteTableId }),
      () => client.deleteSecurityGroup({ GroupId }),
      () => client.detachInternetGateway({ VpcId, InternetGatewayId }),
    ];
    for (const remove of removals) {
      await refusesEc2(
        client.deleteVpc({ VpcId }),
        'DependencyViolation',
        `The vpc '${VpcId}' has dependencies and cannot be deleted.`,
      );
      await remove();
    }
    await client.deleteVpc({ VpcId });
  });
});

describe('The attributes of a VPC', () => {
  it('are shown and changed one by one', async () => {
    const VpcId = await create();
    const hostnames = async () =>
      (await ec2.client.describeVpcAttribute({ VpcId, Attribute: 'enableDnsHostnames' })).EnableDnsHostnames;
    const support = async () =>
      (await ec2.client.describeVpcAttribute({ VpcId, Attribute: 'enableDnsSupport' })).EnableDnsSupport;
    assert.deepEqual([await support(), await hostnames()], [{ Value: true }, { Value: false }]);
    await ec2.client.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: true } });
    await ec2.client.modifyVpcAttribute({ VpcId, EnableDnsSupport: { Value: false } });
    assert.deepEqual([await support(), await hostnames()], [{ Value: false }, { Value: true }]);
    await refusesEc2(
      ec2.client.modifyVpcAttribute({
        VpcId,
        EnableDnsHostnames: { Value: true },
        EnableDnsSupport: { Value: true },
      }),
      'InvalidParameterCombination',
      'Fields for multiple attribute types specified: enableDnsHostnames, enableDnsSupport',
    );
  });
});

describe('CreateDefaultVpc', () => {
  const clear = async (VpcId: string): Promise<void> => {
    const { Subnets = [] } = await ec2.client.describeSubnets(inVpc(VpcId));
    for (const { SubnetId } of Subnets) await ec2.client.deleteSubnet({ SubnetId });
    const attached = [{ Name: 'attachment.vpc-id', Values: [VpcId] }];
    const { InternetGateways = [] } = await ec2.client.describeInternetGateways({ Filters: attached });
    for (const { InternetGatewayId } of InternetGateways) {
      await ec2.client.detachInternetGateway({ VpcId, InternetGatewayId });
      await ec2.client.deleteInternetGateway({ InternetGatewayId });
    }
    await ec2.client.deleteVpc({ VpcId });
  };

  it('makes another one when the first was deleted', async () => {
    await refusesEc2(
      ec2.client.createDefaultVpc({}),
      'DefaultVpcAlreadyExists',
      'A Default VPC already exists for this account in this region.',
    );
    const old = await defaultVpcId();
    await clear(old);
    await refusesEc2(
      ec2.client.createDefaultSubnet({ AvailabilityZone: 'eu-west-1a' }),
      'DefaultVpcDoesNotExist',
      'No default VPC exists for this account in this region.',
    );
    const { Vpc } = await ec2.client.createDefaultVpc({});
    const VpcId = Vpc?.VpcId ?? '';
    assert.notEqual(VpcId, old);
    assert.deepEqual([Vpc?.IsDefault, Vpc?.CidrBlock], [true, '172.31.0.0/16']);
    const { Subnets = [] } = await ec2.client.describeSubnets(inVpc(VpcId));
    assert.deepEqual(
      Subnets.map(({ AvailabilityZone, CidrBlock, DefaultForAz, MapPublicIpOnLaunch }) =>
        [AvailabilityZone, CidrBlock, DefaultForAz, MapPublicIpOnLaunch].join(' '),
      ).sort(),
      [
        'eu-west-1a 172.31.0.0/20 true true',
        'eu-west-1b 172.31.16.0/20 true true',
        'eu-west-1c 172.31.32.0/20 true true',
      ],
    );
    const { RouteTables: [table] = [] } = await ec2.client.describeRouteTables(inVpc(VpcId));
    assert.deepEqual(
      table?.Routes?.map(({ DestinationCidrBlock, State }) => [DestinationCidrBlock, State]),
      [
        ['172.31.0.0/16', 'active'],
        ['0.0.0.0/0', 'active'],
      ],
    );
    await clear(VpcId);
  });
});

describe('What each VPC has by default', () => {
  it('is a set of DHCP options', async () => {
    const { DhcpOptions: sets = [] } = await ec2.client.describeDhcpOptions({});
    const { Vpcs: [vpc] = [] } = await ec2.client.describeVpcs({});
    assert.deepEqual(sets, [
      {
        DhcpOptionsId: vpc?.DhcpOptionsId,
        OwnerId: '000000000000',
        DhcpConfigurations: [
          { Key: 'domain-name', Values: [{ Value: 'eu-west-1.compute.internal' }] },
          { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
        ],
        Tags: [],
      },
    ]);
    await refusesEc2(
      ec2.client.describeDhcpOptions({ DhcpOptionsIds: ['dopt-0123456789abcdef0'] }),
      'InvalidDhcpOptionID.NotFound',
      "The dhcpOption ID 'dopt-0123456789abcdef0' does not exist",
    );
  });

  it('is a network ACL that lets everything through', async () => {
    const VpcId = await create();
    const { Subnet } = await ec2.client.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' });
    const { NetworkAcls: [acl, ...more] = [] } = await ec2.client.describeNetworkAcls({
      Filters: [
        { Name: 'association.subnet-id', Values: [Subnet?.SubnetId ?? ''] },
        { Name: 'default', Values: ['true'] },
      ],
    });
    assert.deepEqual(more, []);
    assert.equal(acl?.VpcId, VpcId);
    assert.deepEqual(
      acl.Entries?.map(({ Egress, RuleNumber, RuleAction }) => `${Egress} ${RuleNumber} ${RuleAction}`),
      ['true 100 allow', 'true 32767 deny', 'false 100 allow', 'false 32767 deny'],
    );
    assert.deepEqual(
      acl.Associations?.map(({ SubnetId }) => SubnetId),
      [Subnet?.SubnetId],
    );
  });
});

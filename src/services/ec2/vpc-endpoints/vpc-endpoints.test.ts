import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EC2_SCOPE, Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { keys } from '../../../domain/keys.ts';
import type { SubnetRecord, VpcRecord } from '../../../domain/network/records.ts';

const NAME = 'com.amazonaws.eu-west-1.';
let ec2: Ec2UnderTest;
let VpcId: string;
let subnets: readonly SubnetRecord[];
let mainTable: string;

beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  const { Vpcs = [] } = await ec2.client.describeVpcs({});
  VpcId = Vpcs[0]?.VpcId ?? '';
  subnets = (await ec2.all('subnet')).toSorted((one, other) => (one.cidr < other.cidr ? -1 : 1));
  const [table] = await ec2.all('route-table');
  mainTable = table?.routeTableId ?? '';
});

const subnetId = (index: number): string => subnets[index]?.subnetId ?? assert.fail('there are three');
const logs = (more = {}) =>
  ec2.client.createVpcEndpoint({
    ...{ VpcId, VpcEndpointType: 'Interface', ServiceName: `${NAME}logs`, SubnetIds: [subnetId(0)] },
    ...more,
  });
const s3 = (more = {}) =>
  ec2.client.createVpcEndpoint({ VpcId, ServiceName: `${NAME}s3`, RouteTableIds: [mainTable], ...more });
const idOf = async (made: ReturnType<typeof logs>): Promise<string> =>
  (await made).VpcEndpoint?.VpcEndpointId ?? '';
const endpoints = async (input = {}) => (await ec2.client.describeVpcEndpoints(input)).VpcEndpoints ?? [];
const find = async (id: string) => (await endpoints({ VpcEndpointIds: [id] }))[0];
const newGroup = async (GroupName: string): Promise<string> =>
  (await ec2.client.createSecurityGroup({ GroupName, Description: 'd' })).GroupId ?? '';

/** A second VPC, which has its own subnet, group and table by the names of the default one's parts. */
async function putOtherVpc(over: Partial<VpcRecord> = {}): Promise<string> {
  const [vpc] = await ec2.all('vpc');
  assert.ok(vpc);
  const vpcId = 'vpc-00000000000000002';
  await ec2.put('vpc', vpcId, { ...vpc, isDefault: false, ...over, vpcId });
  return vpcId;
}

describe('CreateVpcEndpoint of the type Interface', () => {
  it('puts an interface into each subnet, with the default group where none is named', async () => {
    const { VpcEndpoint: made } = await logs({
      SubnetIds: [subnetId(0), subnetId(1)],
      TagSpecifications: [{ ResourceType: 'vpc-endpoint', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    assert.equal(made?.State, 'pending');
    const shown = await find(made?.VpcEndpointId ?? '');
    const {
      DnsEntries: names = [],
      NetworkInterfaceIds: eniIds = [],
      CreationTimestamp: at,
      ...rest
    } = shown ?? {};
    const [vpc] = await ec2.all('vpc');
    assert.deepEqual(rest, {
      ...{ VpcEndpointId: made?.VpcEndpointId, VpcEndpointType: 'Interface', VpcId, OwnerId: '000000000000' },
      ...{
        ServiceName: `${NAME}logs`,
        ServiceRegion: 'eu-west-1',
        State: 'available',
        IpAddressType: 'ipv4',
      },
      PolicyDocument:
        '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
      ...{ RouteTableIds: [], SubnetIds: [subnetId(0), subnetId(1)], RequesterManaged: false },
      Groups: [{ GroupId: vpc?.defaultSecurityGroupId, GroupName: 'default' }],
      ...{
        DnsOptions: { DnsRecordIpType: 'ipv4' },
        PrivateDnsEnabled: true,
        Tags: [{ Key: 'a', Value: 'b' }],
      },
    });
    assert.equal(at?.getTime(), ec2.clock.now());
    const own = `${made?.VpcEndpointId}-[0-9a-f]{8}`;
    assert.match(
      names.map(({ DnsName }) => DnsName).join(' '),
      new RegExp(
        `^${own}.logs.eu-west-1.vpce.amazonaws.com ${own}-eu-west-1a.logs.eu-west-1.vpce.amazonaws.com ${own}-eu-west-1b.logs.eu-west-1.vpce.amazonaws.com logs.eu-west-1.amazonaws.com$`,
      ),
    );
    const enis = await ec2.all('eni');
    assert.deepEqual(new Set(enis.map(({ eniId }) => eniId)), new Set(eniIds));
    for (const eni of enis) {
      assert.equal(eni.description, `VPC Endpoint Interface ${made?.VpcEndpointId}`);
      assert.deepEqual(eni.owner, { type: 'endpoint', endpointId: made?.VpcEndpointId });
      const claim = await ec2.store.get(keys.address(EC2_SCOPE, eni.subnetId, eni.privateIpv4Address));
      assert.deepEqual(claim?.value, { eniId: eni.eniId });
    }
  });

  it('is a private name and an interface of the machines’ picture', async () => {
    const GroupId = await newGroup('endpoints');
    const id = await idOf(logs({ SecurityGroupIds: [GroupId] }));
    const { endpoints: shown, interfaces } = await ec2.picture(VpcId);
    const [eni] = await ec2.all('eni');
    assert.deepEqual(
      shown.map(({ endpointId, type, service, privateDns, eniIds }) => [
        endpointId,
        type,
        service,
        privateDns,
        eniIds,
      ]),
      [[id, 'interface', 'logs', true, [eni?.eniId]]],
    );
    assert.deepEqual(interfaces, [
      {
        ...{ eniId: eni?.eniId, subnetId: subnetId(0), privateIpv4Address: eni?.privateIpv4Address },
        ...{ securityGroups: [GroupId], purpose: 'endpoint' },
      },
    ]);
    await ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, PrivateDnsEnabled: false });
    assert.equal((await ec2.picture(VpcId)).endpoints[0]?.privateDns, false);
  });

  it('takes the addresses that were asked for', async () => {
    const address = '172.31.0.77';
    await logs({ SubnetConfigurations: [{ SubnetId: subnetId(0), Ipv4: address }] });
    assert.deepEqual(
      (await ec2.all('eni')).map(({ privateIpv4Address }) => privateIpv4Address),
      [address],
    );
    await refusesEc2(
      logs({ PrivateDnsEnabled: false, SubnetConfigurations: [{ SubnetId: subnetId(0), Ipv4: address }] }),
      'InvalidIPAddress.InUse',
      'Address is in use.',
    );
  });

  it('answers a retry with the same endpoint, and refuses another request with its token', async () => {
    const ClientToken = 'once';
    const first = await idOf(logs({ ClientToken }));
    assert.equal(await idOf(logs({ ClientToken })), first);
    assert.equal((await ec2.all('eni')).length, 1);
    await refusesEc2(
      logs({ ClientToken, PrivateDnsEnabled: false }),
      'IdempotentParameterMismatch',
      /inconsistent with arguments used in previous request/,
    );
  });

  it('gives the names of a service to one endpoint of a VPC', async () => {
    const id = await idOf(logs());
    await refusesEc2(
      logs(),
      'InvalidParameter',
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for logs.eu-west-1.amazonaws.com in the VPC ${VpcId}`,
    );
    const second = await idOf(logs({ PrivateDnsEnabled: false }));
    const enable = () => ec2.client.modifyVpcEndpoint({ VpcEndpointId: second, PrivateDnsEnabled: true });
    await refusesEc2(enable(), 'InvalidParameter', /conflicting DNS domain/);
    await ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [id] });
    await enable();
    assert.equal((await find(second))?.PrivateDnsEnabled, true);
  });

  it('needs both DNS attributes of the VPC for private DNS, and none without', async () => {
    const [vpc] = await ec2.all('vpc');
    assert.ok(vpc);
    await ec2.put('vpc', VpcId, { ...vpc, enableDnsHostnames: false });
    await refusesEc2(
      logs(),
      'InvalidParameter',
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${VpcId}`,
    );
    assert.deepEqual(await ec2.all('eni'), []);
    await logs({ PrivateDnsEnabled: false });
  });

  it('keeps the names of S3 for gateway endpoints unless it is told otherwise', async () => {
    const asked = { VpcEndpointType: 'Interface', RouteTableIds: [], SubnetIds: [subnetId(0)] };
    assert.equal((await s3(asked)).VpcEndpoint?.PrivateDnsEnabled, false);
    await refusesEc2(
      s3({ ...asked, PrivateDnsEnabled: true }),
      'InvalidParameter',
      `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${VpcId} must have a Gateway endpoint for the service.`,
    );
    const options = { DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: false } };
    const id = await idOf(s3({ ...asked, PrivateDnsEnabled: true, ...options }));
    const ofPicture = async () =>
      (await ec2.picture(VpcId)).endpoints.find(({ endpointId }) => endpointId === id);
    assert.equal((await ofPicture())?.privateDns, true);
    await s3();
    const DnsOptions = { PrivateDnsOnlyForInboundResolverEndpoint: true };
    await ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, DnsOptions });
    assert.equal((await find(id))?.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint, true);
    assert.equal((await ofPicture())?.privateDns, false);
  });

  for (const [name, more, code, message] of [
    [
      'a service that is none',
      { ServiceName: `${NAME}blimp` },
      'InvalidServiceName',
      `The Vpc Endpoint Service '${NAME}blimp' does not exist`,
    ],
    [
      'a service of another region',
      { ServiceName: 'com.amazonaws.us-east-1.logs' },
      'InvalidServiceName',
      "The Vpc Endpoint Service 'com.amazonaws.us-east-1.logs' does not exist",
    ],
    [
      'a service without gateways as a gateway',
      { VpcEndpointType: undefined },
      'InvalidParameter',
      'Endpoint type (Gateway) does not match available service types ([Interface]).',
    ],
    [
      'route tables',
      { RouteTableIds: ['rtb-00000000000000001'] },
      'InvalidParameter',
      'Route table IDs are only supported for Gateway type VPC Endpoint.',
    ],
    [
      'a subnet that does not exist',
      { SubnetIds: ['subnet-00000000000000009'] },
      'InvalidSubnetID.NotFound',
      "The subnet ID 'subnet-00000000000000009' does not exist",
    ],
    [
      'a group that does not exist',
      { SecurityGroupIds: ['sg-00000000000000009'] },
      'InvalidGroup.NotFound',
      "The security group 'sg-00000000000000009' does not exist",
    ],
    [
      'a VPC that does not exist',
      { VpcId: 'vpc-00000000000000009' },
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000000000009' does not exist",
    ],
    ['a policy that is none', { PolicyDocument: '{"Version":' }, 'InvalidPolicyDocument', /is not valid/],
    ['IPv6', { IpAddressType: 'dualstack' }, 'UnsupportedOperation', /no IPv6/],
  ] as const) {
    it(`refuses ${name}`, async () => {
      await refusesEc2(logs(more), code, message);
      assert.deepEqual(await endpoints(), []);
      assert.deepEqual(await ec2.all('eni'), []);
    });
  }

  it('refuses subnets of one zone, and what belongs to another VPC', async () => {
    const [first] = subnets;
    assert.ok(first);
    const twin = { ...first, subnetId: 'subnet-0000000000000000a', cidr: '172.31.240.0/24' };
    await ec2.put('subnet', twin.subnetId, twin);
    await refusesEc2(
      logs({ SubnetIds: [subnetId(0), twin.subnetId] }),
      'DuplicateSubnetsInSameZone',
      `Found another VPC endpoint subnet in the availability zone of ${twin.subnetId}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
    );
    const other = await putOtherVpc();
    await ec2.put('subnet', twin.subnetId, { ...twin, vpcId: other });
    await refusesEc2(logs({ SubnetIds: [twin.subnetId] }), 'InvalidParameter', /different networks/);
    const groupId = await newGroup('x');
    const [group] = (await ec2.all('security-group')).filter((each) => each.groupId === groupId);
    assert.ok(group);
    await ec2.put('security-group', groupId, { ...group, vpcId: other });
    await refusesEc2(logs({ SecurityGroupIds: [groupId] }), 'InvalidParameter', /different networks/);
  });
});

describe('CreateVpcEndpoint of the type Gateway', () => {
  it('puts a route to the service into the tables, and the picture leads there', async () => {
    const { VpcEndpoint: made } = await s3();
    const id = made?.VpcEndpointId ?? '';
    assert.deepEqual(
      [made?.State, made?.VpcEndpointType, made?.RouteTableIds, made?.DnsEntries, made?.PrivateDnsEnabled],
      ['available', 'Gateway', [mainTable], [], false],
    );
    const { PrefixLists: [list] = [] } = await ec2.client.describePrefixLists({});
    const { routes } = (await ec2.find('route-table', mainTable)) ?? { routes: [] };
    assert.deepEqual(routes.at(-1), {
      ...{ destinationPrefixListId: list?.PrefixListId, targetId: id, origin: 'CreateRoute' },
    });
    const before = await ec2.picture(VpcId);
    assert.deepEqual(before.subnets[0]?.routes.at(-1), {
      destinationCidr: '198.18.255.14/32',
      target: { type: 'gateway-endpoint', endpointId: id },
    });
    await ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [id] });
    const after = await ec2.picture(VpcId);
    assert.deepEqual(after.endpoints, []);
    assert.equal(after.subnets[0]?.routes.length, 2);
  });

  it('refuses a second route to the service in a table', async () => {
    await s3();
    const { PrefixLists: [list] = [] } = await ec2.client.describePrefixLists({});
    await refusesEc2(
      s3(),
      'RouteAlreadyExists',
      `route table ${mainTable} already has a route with destination-prefix-list-id ${list?.PrefixListId}`,
    );
    const second = await idOf(s3({ RouteTableIds: [] }));
    const AddRouteTableIds = [mainTable];
    await refusesEc2(
      ec2.client.modifyVpcEndpoint({ VpcEndpointId: second, AddRouteTableIds }),
      'RouteAlreadyExists',
      /already has a route/,
    );
  });

  it('takes no subnets, groups or private DNS', async () => {
    const given = [
      [{ SubnetIds: [subnetId(0)] }, /^Subnet IDs are only supported for Interface/],
      [
        { SecurityGroupIds: ['sg-00000000000000009'] },
        /^Security Group IDs are only supported for Interface/,
      ],
      [{ PrivateDnsEnabled: true }, /^Private DNS is only supported for Interface/],
    ] as const;
    for (const [more, message] of given) await refusesEc2(s3(more), 'InvalidParameter', message);
  });

  it('refuses the table of another VPC', async () => {
    const vpcId = await putOtherVpc();
    await refusesEc2(s3({ VpcId: vpcId }), 'InvalidParameter', /belong to different networks/);
  });
});

describe('ModifyVpcEndpoint', () => {
  it('changes the groups of the endpoint and of all its interfaces', async () => {
    const [one, other] = [await newGroup('one'), await newGroup('other')];
    const id = await idOf(logs({ SecurityGroupIds: [one] }));
    await ec2.client.modifyVpcEndpoint({
      ...{ VpcEndpointId: id, AddSecurityGroupIds: [other], RemoveSecurityGroupIds: [one] },
    });
    assert.deepEqual((await find(id))?.Groups, [{ GroupId: other, GroupName: 'other' }]);
    assert.deepEqual(
      (await ec2.picture(VpcId)).interfaces.map(({ securityGroups }) => securityGroups),
      [[other]],
    );
    await refusesEc2(
      ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, RemoveSecurityGroupIds: [other] }),
      'InvalidParameter',
      'An endpoint must have at least one security group.',
    );
  });

  it('makes and removes interfaces with subnets, and gives the addresses back', async () => {
    const id = await idOf(logs());
    const [before] = await ec2.all('eni');
    await ec2.client.modifyVpcEndpoint({
      ...{ VpcEndpointId: id, AddSubnetIds: [subnetId(1)], RemoveSubnetIds: [subnetId(0)] },
    });
    const [after, ...more] = await ec2.all('eni');
    assert.deepEqual([after?.subnetId, more], [subnetId(1), []]);
    const shown = await find(id);
    assert.deepEqual([shown?.SubnetIds, shown?.NetworkInterfaceIds], [[subnetId(1)], [after?.eniId]]);
    assert.deepEqual(
      await ec2.store.range({ prefix: keys.addresses(EC2_SCOPE, before?.subnetId ?? '') }),
      [],
    );
  });

  it('replaces an interface that is to have another address', async () => {
    const id = await idOf(logs());
    await ec2.client.modifyVpcEndpoint({
      VpcEndpointId: id,
      SubnetConfigurations: [{ SubnetId: subnetId(0), Ipv4: '172.31.0.99' }],
    });
    const [eni, ...more] = await ec2.all('eni');
    assert.deepEqual([eni?.privateIpv4Address, more], ['172.31.0.99', []]);
    assert.deepEqual((await find(id))?.NetworkInterfaceIds, [eni?.eniId]);
  });

  it('changes the route tables of a gateway', async () => {
    const id = await idOf(s3());
    await ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, RemoveRouteTableIds: [mainTable] });
    assert.deepEqual((await find(id))?.RouteTableIds, []);
    assert.equal((await ec2.picture(VpcId)).subnets[0]?.routes.length, 2);
    await ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, AddRouteTableIds: [mainTable] });
    assert.deepEqual((await find(id))?.RouteTableIds, [mainTable]);
    assert.equal((await ec2.picture(VpcId)).subnets[0]?.routes.length, 3);
  });

  it('sets a policy and takes it back', async () => {
    const id = await idOf(s3());
    const PolicyDocument = '{"Statement":[]}';
    await ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, PolicyDocument });
    assert.equal((await find(id))?.PolicyDocument, PolicyDocument);
    await ec2.client.modifyVpcEndpoint({ VpcEndpointId: id, ResetPolicy: true });
    assert.match((await find(id))?.PolicyDocument ?? '', /"Effect":"Allow"/);
  });
});

describe('DeleteVpcEndpoints', () => {
  it('removes endpoints with their interfaces, and names those that are not there', async () => {
    const ids = [await idOf(logs()), await idOf(s3())];
    const gone = 'vpce-00000000000000009';
    const { Unsuccessful } = await ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [...ids, gone] });
    assert.deepEqual(Unsuccessful, [
      {
        ResourceId: gone,
        Error: {
          Code: 'InvalidVpcEndpoint.NotFound',
          Message: `The Vpc Endpoint Id '${gone}' does not exist`,
        },
      },
    ]);
    assert.deepEqual([await endpoints(), await ec2.all('eni')], [[], []]);
    assert.deepEqual(await ec2.store.range({ prefix: keys.addresses(EC2_SCOPE, subnetId(0)) }), []);
  });

  it('frees groups, subnets and the VPC, which could not be deleted before', async () => {
    const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
    const own = { VpcId: Vpc?.VpcId };
    const { Subnet } = await ec2.client.createSubnet({ ...own, CidrBlock: '10.0.1.0/24' });
    const { GroupId } = await ec2.client.createSecurityGroup({ ...own, GroupName: 'g', Description: 'd' });
    const SubnetId = Subnet?.SubnetId ?? '';
    const more = { SubnetIds: [SubnetId], SecurityGroupIds: [GroupId], PrivateDnsEnabled: false };
    const id = await idOf(logs({ ...own, ...more }));
    const deletions = [
      () => ec2.client.deleteSecurityGroup({ GroupId }),
      () => ec2.client.deleteSubnet({ SubnetId }),
      () => ec2.client.deleteVpc(own),
    ];
    for (const deletion of deletions) {
      await refusesEc2(deletion(), 'DependencyViolation', /has a dependent object|has dependencies/);
    }
    await ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [id] });
    for (const deletion of deletions) await deletion();
  });

  it('leaves routes of gateways to their endpoints, and forgets tables that are gone', async () => {
    const { RouteTable } = await ec2.client.createRouteTable({ VpcId });
    const RouteTableId = RouteTable?.RouteTableId ?? '';
    const id = await idOf(s3({ RouteTableIds: [RouteTableId] }));
    const { PrefixLists: [list] = [] } = await ec2.client.describePrefixLists({});
    await refusesEc2(
      ec2.client.deleteRoute({ RouteTableId, DestinationPrefixListId: list?.PrefixListId }),
      'InvalidParameterValue',
      /^cannot remove VPC endpoint route pl-/,
    );
    await ec2.client.deleteRouteTable({ RouteTableId });
    assert.deepEqual((await find(id))?.RouteTableIds, []);
    await ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [id] });
  });
});

describe('DescribeVpcEndpoints', () => {
  it('knows filters and pages', async () => {
    const ofLogs = await idOf(logs());
    const ofS3 = await idOf(s3());
    for (const [Name, value, expected] of [
      ['vpc-endpoint-type', 'Gateway', [ofS3]],
      ['service-name', '*.logs', [ofLogs]],
      ['vpc-id', VpcId, [ofLogs, ofS3]],
      ['vpc-endpoint-state', 'available', [ofLogs, ofS3]],
      ['vpc-endpoint-id', ofS3, [ofS3]],
    ] as const) {
      const found = await endpoints({ Filters: [{ Name, Values: [value] }] });
      assert.deepEqual(new Set(found.map(({ VpcEndpointId }) => VpcEndpointId)), new Set(expected), Name);
    }
    const first = await ec2.client.describeVpcEndpoints({ MaxResults: 1 });
    const second = await ec2.client.describeVpcEndpoints({ MaxResults: 1, NextToken: first.NextToken });
    const both = [...(first.VpcEndpoints ?? []), ...(second.VpcEndpoints ?? [])];
    assert.equal(new Set(both.map(({ VpcEndpointId }) => VpcEndpointId)).size, 2);
    assert.equal(second.NextToken, undefined);
    assert.equal((await endpoints({ MaxResults: 5000 })).length, 2);
    await refusesEc2(
      endpoints({ VpcEndpointIds: ['vpce-00000000000000009'] }),
      'InvalidVpcEndpointId.NotFound',
      "The Vpc Endpoint Id 'vpce-00000000000000009' does not exist",
    );
  });
});

describe('DescribeVpcEndpointServices', () => {
  it('lists services by the types of their endpoints', async () => {
    const { ServiceNames = [], ServiceDetails = [] } = await ec2.client.describeVpcEndpointServices({});
    assert.ok(ServiceNames.includes(`${NAME}ecr.dkr`));
    const ofS3 = ServiceDetails.filter(({ ServiceName }) => ServiceName === `${NAME}s3`);
    assert.deepEqual(
      new Set(ofS3.map(({ ServiceType }) => ServiceType?.[0]?.ServiceType)),
      new Set(['Gateway', 'Interface']),
    );
    assert.equal(ServiceNames.filter((name) => name === `${NAME}s3`).length, 1);
    const [registry] = ServiceDetails.filter(({ ServiceName }) => ServiceName === `${NAME}ecr.dkr`);
    assert.equal(registry?.PrivateDnsName, '*.dkr.ecr.eu-west-1.amazonaws.com');
    assert.deepEqual(registry?.AvailabilityZones, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);
  });

  it('knows names and filters', async () => {
    const { ServiceDetails = [] } = await ec2.client.describeVpcEndpointServices({
      ServiceNames: [`${NAME}s3`, `${NAME}logs`],
      Filters: [{ Name: 'service-type', Values: ['Gateway'] }],
    });
    assert.deepEqual(
      ServiceDetails.map(({ ServiceName }) => ServiceName),
      [`${NAME}s3`],
    );
    await refusesEc2(
      ec2.client.describeVpcEndpointServices({ ServiceNames: ['s3'] }),
      'InvalidServiceName',
      "The Vpc Endpoint Service 's3' does not exist",
    );
  });
});

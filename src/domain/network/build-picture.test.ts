import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { awsPrefixListId } from './aws-prefix-lists.ts';
import { buildPicture, type PictureView } from './build-picture.ts';
import type {
  EniRecord,
  FlowLogRecord,
  NatGatewayRecord,
  RouteRecord,
  RouteTableRecord,
  SubnetRecord,
  VpcEndpointRecord,
  VpcRecord,
} from './records.ts';
import type { VpcRecords } from './vpc-records.ts';

const VIEW: PictureView = {
  scope: { account: '000000000000', region: 'eu-west-1' },
  vpcId: 'vpc-1',
  machineId: 'm1',
  routedFromHost: false,
  serviceCidr: '198.18.0.0/24',
  dnsSuffix: 'amazonaws.com',
};
const WHOLE = { tags: {}, createdAt: 0 };
const EVERYWHERE = '0.0.0.0/0';

const vpc = (vpcId: string, cidr: string): VpcRecord => ({
  ...WHOLE,
  ...{ vpcId, cidr, isDefault: false, enableDnsSupport: true, enableDnsHostnames: false },
  ...{ dhcpOptionsId: 'dopt-1', mainRouteTableId: `rtb-main-${vpcId}` },
  ...{ defaultSecurityGroupId: `sg-${vpcId}`, defaultNetworkAclId: 'acl-1' },
});

const subnet = (subnetId: string, cidr: string, vpcId = 'vpc-1'): SubnetRecord => ({
  ...WHOLE,
  ...{ subnetId, vpcId, cidr, availabilityZone: 'eu-west-1a', isDefault: false, mapPublicIpOnLaunch: false },
});

const table = (
  routeTableId: string,
  routes: readonly [string, string][],
  subnetIds: readonly string[] = [],
  vpcId = 'vpc-1',
): RouteTableRecord => ({
  ...WHOLE,
  ...{ routeTableId, vpcId },
  routes: routes.map(([to, targetId]): RouteRecord => {
    const destination = to.startsWith('pl-') ? { destinationPrefixListId: to } : { destinationCidr: to };
    return { ...destination, targetId, origin: 'CreateRoute' };
  }),
  associations: subnetIds.map((subnetId) => ({ associationId: `assoc-${subnetId}`, subnetId })),
});

const nat = (natGatewayId: string, over: Partial<NatGatewayRecord> = {}): NatGatewayRecord => ({
  ...WHOLE,
  ...{ natGatewayId, vpcId: 'vpc-1', subnetId: 'subnet-public', connectivityType: 'public' },
  ...{
    state: 'available',
    eniId: 'eni-nat',
    privateIpv4Address: '10.0.0.9',
    publicIpv4Address: '198.19.0.9',
  },
  ...over,
});

const eni = (eniId: string, owner: EniRecord['owner'], vpcId = 'vpc-1'): EniRecord => ({
  ...WHOLE,
  ...{ eniId, subnetId: 'subnet-public', vpcId, availabilityZone: 'eu-west-1a', macAddress: '0a:0:0:0:0:1' },
  ...{ privateIpv4Address: '10.0.0.5', privateDnsName: 'ip-10-0-0-5', securityGroups: ['sg-vpc-1'] },
  ...{ description: '', owner },
});

/** A VPC with a public and a private subnet, whose tables are the test's, and another with the same range. */
function records(over: Partial<VpcRecords> = {}): VpcRecords {
  return {
    vpcs: [vpc('vpc-1', '10.0.0.0/16'), vpc('vpc-2', '10.0.0.0/16')],
    subnets: [
      subnet('subnet-public', '10.0.0.0/24'),
      subnet('subnet-private', '10.0.1.0/24'),
      subnet('subnet-other', '10.0.0.0/24', 'vpc-2'),
    ],
    routeTables: [
      table('rtb-main-vpc-1', []),
      table('rtb-public', [[EVERYWHERE, 'igw-1']], ['subnet-public']),
      table('rtb-main-vpc-2', [[EVERYWHERE, 'igw-2']], [], 'vpc-2'),
    ],
    internetGateways: [
      { ...WHOLE, internetGatewayId: 'igw-1', vpcId: 'vpc-1' },
      { ...WHOLE, internetGatewayId: 'igw-2', vpcId: 'vpc-2' },
      { ...WHOLE, internetGatewayId: 'igw-free' },
    ],
    natGateways: [],
    securityGroups: [],
    prefixLists: [],
    enis: [],
    endpoints: [],
    flowLogs: [],
    ...{ fileSystems: [], mountTargets: [], accessPoints: [] },
    ...over,
  };
}

function picture(over: Partial<VpcRecords> = {}, view: Partial<PictureView> = {}) {
  return buildPicture(records(over), { ...VIEW, ...view }) ?? assert.fail('there is a VPC');
}

/** What becomes of each destination from a subnet whose own table has these routes, as `<to> <target>`. */
function ways(routes: readonly [string, string][], over: Partial<VpcRecords> = {}): string[] {
  const tables = [...records().routeTables, table('rtb-private', routes, ['subnet-private'])];
  const found = picture({ routeTables: tables, ...over }).subnets.find(
    ({ subnetId }) => subnetId === 'subnet-private',
  );
  return (found?.routes ?? []).map(({ destinationCidr, target }) => `${destinationCidr} ${target.type}`);
}

describe('The picture of a VPC', () => {
  it('is of this VPC alone, and none when it is gone', () => {
    const { subnets, ...rest } = picture();
    assert.deepEqual(
      subnets.map(({ subnetId }) => subnetId),
      ['subnet-public', 'subnet-private'],
    );
    assert.equal(rest.cidr, '10.0.0.0/16');
    assert.deepEqual([rest.enableDnsSupport, rest.enableDnsHostnames], [true, false]);
    assert.equal(buildPicture(records(), { ...VIEW, vpcId: 'vpc-9' }), undefined);
  });

  it('has the main table’s routes where a subnet has no table of its own', () => {
    const [, second] = picture({
      routeTables: [table('rtb-main-vpc-1', [[EVERYWHERE, 'igw-1']])],
    }).subnets;
    assert.deepEqual(
      second?.routes.map(({ target }) => target.type),
      ['local', 'internet-gateway'],
    );
  });

  it('leads to an internet gateway only while it is attached to this VPC', () => {
    for (const [gateway, type] of [
      ['igw-1', 'internet-gateway'],
      ['igw-2', 'blackhole'],
      ['igw-free', 'blackhole'],
      ['igw-gone', 'blackhole'],
    ] as const) {
      assert.deepEqual(ways([[EVERYWHERE, gateway]]), ['10.0.0.0/16 local', `${EVERYWHERE} ${type}`]);
    }
  });

  it('leads through a NAT gateway that has a way out itself', () => {
    const over = { natGateways: [nat('nat-1')] };
    assert.deepEqual(ways([[EVERYWHERE, 'nat-1']], over)[1], `${EVERYWHERE} nat-gateway`);
    const useless: [string, Partial<NatGatewayRecord>][] = [
      ['nat-deleted', { state: 'deleted' }],
      ['nat-inside', { subnetId: 'subnet-private' }],
      ['nat-other', { vpcId: 'vpc-2' }],
      ['nat-private', { publicIpv4Address: undefined } as unknown as Partial<NatGatewayRecord>],
    ];
    for (const [id, change] of useless) {
      const found = ways([[EVERYWHERE, id]], { natGateways: [nat(id, change)] });
      assert.deepEqual(found[1], `${EVERYWHERE} blackhole`, id);
    }
  });

  it('leads to a service’s address through a gateway endpoint', () => {
    const list = awsPrefixListId('eu-west-1', 's3');
    const endpoint = anEndpoint('vpce-1', { type: 'gateway', service: 's3', routeTableIds: ['rtb-private'] });
    assert.deepEqual(ways([[list, 'vpce-1']], { endpoints: [endpoint] }), [
      '10.0.0.0/16 local',
      '198.18.0.14/32 gateway-endpoint',
    ]);
    assert.deepEqual(ways([[list, 'vpce-1']])[1], '198.18.0.14/32 blackhole');
  });

  it('holds every route of the table, once, whatever the targets are', () => {
    const cidr = fc
      .tuple(fc.integer({ min: 11, max: 200 }), fc.integer({ min: 0, max: 255 }))
      .map(([a, b]) => `${a}.${b}.0.0/16`);
    const target = fc.constantFrom('igw-1', 'igw-2', 'nat-1', 'nat-gone', 'vpce-gone', 'eni-1');
    const routes = fc.uniqueArray(fc.tuple(cidr, target), { selector: ([to]) => to, maxLength: 20 });
    fc.assert(
      fc.property(routes, fc.uniqueArray(cidr, { maxLength: 5 }), (named, listed) => {
        const prefixLists = [
          {
            ...WHOLE,
            ...{ prefixListId: 'pl-own', name: 'own', maxEntries: 9, version: 1 },
            entries: listed.map((entry) => ({ cidr: entry })),
          },
        ];
        const found = ways([['pl-own', 'igw-1'], ...named], { natGateways: [nat('nat-1')], prefixLists });
        const expected = new Map(named.map(([to, id]) => [to, workingTarget(id)]));
        for (const to of listed) if (!expected.has(to)) expected.set(to, 'internet-gateway');
        const wanted = [...expected].map(([to, type]) => `${to} ${type}`);
        assert.deepEqual(found.toSorted(), ['10.0.0.0/16 local', ...wanted].toSorted());
        assert.equal(found[0], '10.0.0.0/16 local');
      }),
    );
  });

  it('has the interfaces that are not of the machine’s own tasks', () => {
    const task = (machineId: string) =>
      ({ type: 'task', taskArn: 't', attachmentId: 'a', machineId }) as const;
    const { interfaces } = picture({
      enis: [
        eni('eni-own', task('m1')),
        eni('eni-far', task('m2')),
        eni('eni-endpoint', { type: 'endpoint', endpointId: 'vpce-1' }),
        {
          ...eni('eni-nat', { type: 'nat-gateway', natGatewayId: 'nat-1' }),
          publicIpv4Address: '198.19.0.9',
        },
        eni('eni-other', { type: 'endpoint', endpointId: 'vpce-2' }, 'vpc-2'),
      ],
    });
    assert.deepEqual(
      interfaces.map(({ eniId, purpose, publicIpv4Address }) => [eniId, purpose, publicIpv4Address]),
      [
        ['eni-far', 'task-elsewhere', undefined],
        ['eni-endpoint', 'endpoint', undefined],
        ['eni-nat', 'nat-gateway', '198.19.0.9'],
      ],
    );
  });

  it('has endpoints with their names', () => {
    const { endpoints } = picture({
      endpoints: [
        anEndpoint('vpce-1', { service: 'logs', eniIds: ['eni-1'], subnetIds: ['subnet-public'] }),
        anEndpoint('vpce-2', { type: 'gateway', service: 's3' }),
        anEndpoint('vpce-3', { service: 'logs', vpcId: 'vpc-2' }),
      ],
    });
    assert.deepEqual(
      endpoints.map(({ endpointId, privateDns, eniIds }) => [endpointId, privateDns, eniIds]),
      [
        ['vpce-1', true, ['eni-1']],
        ['vpce-2', false, []],
      ],
    );
    assert.match(
      endpoints[0]?.dnsNames[0] ?? '',
      /^vpce-1-[0-9a-f]{8}\.logs\.eu-west-1\.vpce\.amazonaws\.com$/,
    );
    assert.match(endpoints[0]?.dnsNames[1] ?? '', /^vpce-1-[0-9a-f]{8}-eu-west-1a\.logs\./);
  });

  it('has flow logs with where they go', () => {
    const { flowLogs } = picture({
      flowLogs: [
        aFlowLog({ destinationType: 'cloud-watch-logs', logGroupName: 'flows' }),
        aFlowLog({
          destinationType: 'cloud-watch-logs',
          logDestination: 'arn:aws:logs:eu-west-1:000000000000:log-group:by-arn:*',
        }),
        aFlowLog({ destinationType: 's3', logDestination: 'arn:aws:s3:::bucket/a/b/' }),
      ],
    });
    const s3 = { type: 's3', bucket: 'bucket', folder: 'a/b', hivePartitions: false, hourlyPartitions: true };
    assert.deepEqual(
      flowLogs.map(({ destination }) => destination),
      [
        { type: 'cloud-watch-logs', logGroupName: 'flows' },
        { type: 'cloud-watch-logs', logGroupName: 'by-arn' },
        s3,
      ],
    );
  });
});

function workingTarget(targetId: string): string {
  if (targetId === 'igw-1') return 'internet-gateway';
  return targetId === 'nat-1' ? 'nat-gateway' : 'blackhole';
}

function anEndpoint(endpointId: string, over: Partial<VpcEndpointRecord>): VpcEndpointRecord {
  return {
    ...WHOLE,
    ...{ endpointId, vpcId: 'vpc-1', type: 'interface', service: 'logs', privateDnsEnabled: true },
    ...{ subnetIds: [], eniIds: [], securityGroups: [], routeTableIds: [] },
    ...over,
  };
}

function aFlowLog(over: Partial<FlowLogRecord>): FlowLogRecord {
  return {
    ...WHOLE,
    ...{ flowLogId: 'fl-1', resourceId: 'vpc-1', vpcId: 'vpc-1', trafficType: 'ALL', logFormat: 'x' },
    ...{ destinationType: 'cloud-watch-logs', maxAggregationIntervalS: 60 },
    ...{ hivePartitions: false, hourlyPartitions: true },
    ...over,
  };
}

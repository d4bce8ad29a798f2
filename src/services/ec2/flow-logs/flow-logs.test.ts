import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { CreateFlowLogsRequest } from '@aws-sdk/client-ec2';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { DEFAULT_FLOW_LOG_FORMAT } from '../../../domain/network/flow-logs/flow-log-format.ts';

const ROLE = 'arn:aws:iam::000000000000:role/flow';
type Asked = Partial<CreateFlowLogsRequest>;
let ec2: Ec2UnderTest;
let vpcId: string;

beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  const { Vpcs = [] } = await ec2.client.describeVpcs({});
  vpcId = Vpcs[0]?.VpcId ?? '';
});

const create = (more: Asked = {}) =>
  ec2.client.createFlowLogs({
    ...{ ResourceType: 'VPC', ResourceIds: [vpcId], TrafficType: 'ALL', LogGroupName: 'flows' },
    ...{ DeliverLogsPermissionArn: ROLE, ...more },
  });
const toBucket = (LogDestination: string): Asked => ({
  ...{ LogDestinationType: 's3', LogDestination },
  ...{ LogGroupName: undefined, DeliverLogsPermissionArn: undefined },
});
const idOf = async (made: ReturnType<typeof create>): Promise<string> => (await made).FlowLogIds?.[0] ?? '';
const logs = async (input = {}) => (await ec2.client.describeFlowLogs(input)).FlowLogs ?? [];

describe('CreateFlowLogs', () => {
  it('makes a flow log of a VPC for a log group, and the picture has it', async () => {
    const { FlowLogIds: [id = ''] = [], Unsuccessful } = await create({
      TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    assert.match(id, /^fl-0[0-9a-f]{16}$/);
    assert.deepEqual(Unsuccessful, []);
    const [{ CreationTime: at, ...log } = {}] = await logs();
    assert.deepEqual(log, {
      ...{ FlowLogId: id, FlowLogStatus: 'ACTIVE', ResourceId: vpcId, TrafficType: 'ALL' },
      ...{ LogDestinationType: 'cloud-watch-logs', LogGroupName: 'flows', DeliverLogsPermissionArn: ROLE },
      ...{ DeliverLogsStatus: 'SUCCESS', LogFormat: DEFAULT_FLOW_LOG_FORMAT, MaxAggregationInterval: 600 },
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    assert.equal(at?.getTime(), ec2.clock.now());
    assert.deepEqual((await ec2.picture(vpcId)).flowLogs, [
      {
        ...{ flowLogId: id, resourceId: vpcId, trafficType: 'ALL', maxAggregationIntervalS: 600 },
        logFormat: DEFAULT_FLOW_LOG_FORMAT,
        destination: { type: 'cloud-watch-logs', logGroupName: 'flows' },
      },
    ]);
  });

  it('makes one for each subnet, to a bucket, in a format of its own', async () => {
    const [one, two] = await ec2.all('subnet');
    const { FlowLogIds = [] } = await create({
      ...{ ResourceType: 'Subnet', ResourceIds: [one?.subnetId ?? '', two?.subnetId ?? ''] },
      ...{ TrafficType: 'REJECT', LogFormat: '${version} ${ecs-task-id}', MaxAggregationInterval: 60 },
      ...toBucket('arn:aws:s3:::bucket/a/'),
      DestinationOptions: { HiveCompatiblePartitions: true, PerHourPartition: false },
    });
    const made = await logs({ FlowLogIds });
    assert.deepEqual(
      new Set(made.map(({ ResourceId }) => ResourceId)),
      new Set([one?.subnetId, two?.subnetId]),
    );
    assert.deepEqual(made[0]?.DestinationOptions, {
      ...{ FileFormat: 'plain-text', HiveCompatiblePartitions: true, PerHourPartition: false },
    });
    const { flowLogs } = await ec2.picture(vpcId);
    assert.deepEqual(
      flowLogs.map(({ destination, logFormat }) => [destination, logFormat]),
      Array.from({ length: 2 }, () => [
        { type: 's3', bucket: 'bucket', folder: 'a', hivePartitions: true, hourlyPartitions: false },
        '${version} ${ecs-task-id}',
      ]),
    );
  });

  it('makes one of a network interface', async () => {
    const [subnet] = await ec2.all('subnet');
    await ec2.client.createVpcEndpoint({
      ...{ VpcId: vpcId, VpcEndpointType: 'Interface', ServiceName: 'com.amazonaws.eu-west-1.logs' },
      SubnetIds: [subnet?.subnetId ?? ''],
    });
    const [eni] = await ec2.all('eni');
    await create({ ResourceType: 'NetworkInterface', ResourceIds: [eni?.eniId ?? ''] });
    assert.equal((await ec2.picture(vpcId)).flowLogs[0]?.resourceId, eni?.eniId);
  });

  it('refuses one that is there, by whichever name its log group has', async () => {
    await create();
    const message = 'Error. There is an existing Flow Log with the same configuration and log destination.';
    await refusesEc2(create(), 'FlowLogAlreadyExists', message);
    const LogDestination = 'arn:aws:logs:eu-west-1:000000000000:log-group:flows:*';
    await refusesEc2(create({ LogGroupName: undefined, LogDestination }), 'FlowLogAlreadyExists', message);
    await create({ TrafficType: 'REJECT' });
    await create({ LogGroupName: 'others' });
    await create(toBucket('arn:aws:s3:::bucket'));
    await refusesEc2(create(toBucket('arn:aws:s3:::bucket')), 'FlowLogAlreadyExists', message);
    assert.equal((await logs()).length, 4);
  });

  it('answers a retry with the same flow logs', async () => {
    const [one, two] = await ec2.all('subnet');
    const asked: Asked = {
      ...{ ClientToken: 'once', ResourceType: 'Subnet' },
      ResourceIds: [one?.subnetId ?? '', two?.subnetId ?? ''],
    };
    const first = await create(asked);
    const second = await create(asked);
    assert.deepEqual(new Set(second.FlowLogIds), new Set(first.FlowLogIds));
    assert.equal(second.ClientToken, 'once');
    assert.equal((await logs()).length, 2);
    await refusesEc2(
      create({ ...asked, TrafficType: 'ACCEPT' }),
      'IdempotentParameterMismatch',
      /inconsistent/,
    );
  });

  it('names resources that have too many', async () => {
    for (let made = 0; made < 10; made += 1) await create({ LogGroupName: `flows-${made}` });
    const { FlowLogIds, Unsuccessful } = await create();
    assert.deepEqual(FlowLogIds, []);
    assert.deepEqual(Unsuccessful, [
      {
        ResourceId: vpcId,
        Error: {
          Code: 'FlowLogsLimitExceeded',
          Message: 'The maximum number of flow logs of a resource is 10.',
        },
      },
    ]);
  });

  for (const [name, more, code, message] of [
    [
      'a VPC that does not exist',
      { ResourceIds: ['vpc-00000000000000009'] },
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000000000009' does not exist",
    ],
    [
      'an interface that does not exist',
      { ResourceType: 'NetworkInterface', ResourceIds: ['eni-00000000000000009'] },
      'InvalidNetworkInterfaceID.NotFound',
      "The networkInterface ID 'eni-00000000000000009' does not exist",
    ],
    [
      'an id of another kind',
      { ResourceType: 'Subnet' },
      'InvalidSubnetID.Malformed',
      /^Invalid id: "vpc-.*\(expecting "subnet-\.\.\."\)$/,
    ],
    [
      'no role',
      { DeliverLogsPermissionArn: undefined },
      'InvalidParameter',
      "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
    ],
    [
      'an unknown field',
      { LogFormat: '${version} ${source}' },
      'InvalidParameter',
      "Unknown fields provided: 'source'",
    ],
    ['a transit gateway', { ResourceType: 'TransitGateway' }, 'UnsupportedOperation', /TransitGateway/],
  ] as readonly [string, Asked, string, string | RegExp][]) {
    it(`refuses ${name}`, async () => {
      await refusesEc2(create(more), code, message);
      assert.deepEqual(await logs(), []);
    });
  }
});

describe('DescribeFlowLogs', () => {
  it('knows filters and pages', async () => {
    const toGroup = await idOf(create());
    const rejected = await idOf(create({ TrafficType: 'REJECT', ...toBucket('arn:aws:s3:::bucket') }));
    for (const [Name, value, expected] of [
      ['traffic-type', 'REJECT', [rejected]],
      ['log-destination-type', 'cloud-watch-logs', [toGroup]],
      ['log-group-name', 'fl*', [toGroup]],
      ['resource-id', vpcId, [toGroup, rejected]],
      ['deliver-log-status', 'FAILED', []],
    ] as const) {
      const found = await logs({ Filter: [{ Name, Values: [value] }] });
      assert.deepEqual(new Set(found.map(({ FlowLogId }) => FlowLogId)), new Set(expected), Name);
    }
    const { NextToken, FlowLogs = [] } = await ec2.client.describeFlowLogs({ MaxResults: 1 });
    const rest = await logs({ MaxResults: 1, NextToken });
    assert.equal(new Set([...FlowLogs, ...rest].map(({ FlowLogId }) => FlowLogId)).size, 2);
  });
});

describe('DeleteFlowLogs', () => {
  it('takes flow logs away, all or none', async () => {
    const id = await idOf(create());
    const gone = 'fl-00000000000000009';
    await refusesEc2(
      ec2.client.deleteFlowLogs({ FlowLogIds: [id, gone] }),
      'InvalidFlowLogId.NotFound',
      `These flow log ids in the input list are not found: [TotalCount: 1] ${gone}`,
    );
    assert.equal((await logs()).length, 1);
    assert.deepEqual((await ec2.client.deleteFlowLogs({ FlowLogIds: [id] })).Unsuccessful, []);
    assert.deepEqual(await logs(), []);
    assert.deepEqual((await ec2.picture(vpcId)).flowLogs, []);
  });
});

describe('The flow log of an interface', () => {
  it('outlives the interface, whose last records are still to come, and goes with the VPC', async () => {
    const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
    const VpcId = Vpc?.VpcId;
    const { Subnet } = await ec2.client.createSubnet({ VpcId, CidrBlock: '10.0.1.0/24' });
    const { VpcEndpoint } = await ec2.client.createVpcEndpoint({
      ...{ VpcId, VpcEndpointType: 'Interface', ServiceName: 'com.amazonaws.eu-west-1.logs' },
      ...{ SubnetIds: [Subnet?.SubnetId ?? ''], PrivateDnsEnabled: false },
    });
    await create({ ResourceType: 'NetworkInterface', ResourceIds: VpcEndpoint?.NetworkInterfaceIds });
    await ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [VpcEndpoint?.VpcEndpointId ?? ''] });
    assert.equal((await logs()).length, 1);
    await ec2.client.deleteSubnet({ SubnetId: Subnet?.SubnetId });
    await ec2.client.deleteVpc({ VpcId });
    assert.deepEqual(await logs(), []);
  });
});

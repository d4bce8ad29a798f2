import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateVpcEndpointCommand,
  DescribeFlowLogsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcEndpointsCommand,
} from '@aws-sdk/client-ec2';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, awsText, toolsMissing } from '../support/neargate/python.ts';

const skip = (await toolsMissing()) ?? false;

/** As the CLI prints it: what botocore understood of our XML. */
interface Printed {
  readonly Vpcs: readonly { readonly VpcId: string }[];
  readonly Subnets: readonly { readonly SubnetId: string }[];
  readonly RouteTables: readonly { readonly RouteTableId: string; readonly Routes: readonly object[] }[];
  readonly VpcEndpoint: { readonly VpcEndpointId: string; readonly State: string };
  readonly NetworkInterfaces: readonly {
    readonly PrivateIpAddress: string;
    readonly InterfaceType: string;
  }[];
  readonly FlowLogIds: readonly string[];
  readonly Unsuccessful: readonly {
    readonly ResourceId: string;
    readonly Error: { readonly Code: string };
  }[];
}

describe('EC2’s endpoints, interfaces and flow logs with the AWS CLI and the SDK', { skip }, () => {
  let neargate: Neargate;
  let vpcId: string;
  let subnetId: string;

  const ec2 = async (...args: string[]): Promise<Printed> => (await aws(neargate, 'ec2', ...args)) as Printed;

  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake'] });
    vpcId = (await ec2('describe-vpcs')).Vpcs[0]?.VpcId ?? '';
    subnetId = (await ec2('describe-subnets')).Subnets[0]?.SubnetId ?? '';
  });
  after(() => neargate?.close());

  const service = (name: string): string => `com.amazonaws.${neargate.info.region}.${name}`;
  const create = (name: string, type: string, ...more: string[]): Promise<Printed> => {
    const asked = ['--vpc-id', vpcId, '--service-name', service(name), '--vpc-endpoint-type', type];
    return ec2('create-vpc-endpoint', ...asked, ...more);
  };

  it('makes an interface endpoint, whose interface is shown and deleted with it', async () => {
    const made = await create('logs', 'Interface', '--subnet-ids', subnetId, '--private-dns-enabled');
    const id = made.VpcEndpoint.VpcEndpointId;
    const { VpcEndpoints: [shown] = [] } = await neargate.ec2.send(
      new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }),
    );
    assert.deepEqual([shown?.State, shown?.PrivateDnsEnabled], ['available', true]);
    const [eniId = ''] = shown?.NetworkInterfaceIds ?? [];
    const { NetworkInterfaces: [eni] = [] } = await neargate.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] }),
    );
    const filter = `Name=description,Values=VPC Endpoint Interface ${id}`;
    const { NetworkInterfaces } = await ec2('describe-network-interfaces', '--filters', filter);
    assert.deepEqual(
      NetworkInterfaces.map((each) => [each.PrivateIpAddress, each.InterfaceType]),
      [[eni?.PrivateIpAddress, 'vpc_endpoint']],
    );
    await assert.rejects(
      awsText(neargate, 'ec2', 'delete-network-interface', '--network-interface-id', eniId),
      /\(InvalidParameterValue\).*is currently in use/,
    );
    const gone = 'vpce-00000000000000009';
    const { Unsuccessful } = await ec2('delete-vpc-endpoints', '--vpc-endpoint-ids', id, gone);
    assert.deepEqual(
      Unsuccessful.map(({ ResourceId, Error: { Code } }) => [ResourceId, Code]),
      [[gone, 'InvalidVpcEndpoint.NotFound']],
    );
    await assert.rejects(
      awsText(neargate, 'ec2', 'describe-network-interfaces', '--network-interface-ids', eniId),
      /\(InvalidNetworkInterfaceID\.NotFound\)/,
    );
  });

  it('makes a gateway endpoint with a route, and answers the SDK’s errors', async () => {
    const tables = await ec2('describe-route-tables');
    const [table] = tables.RouteTables;
    assert.ok(table);
    const made = await create('s3', 'Gateway', '--route-table-ids', table.RouteTableId);
    const after = (await ec2('describe-route-tables')).RouteTables[0];
    assert.equal(after?.Routes.length, table.Routes.length + 1);
    const again = new CreateVpcEndpointCommand({
      ...{ VpcId: vpcId, ServiceName: service('s3'), RouteTableIds: [table.RouteTableId] },
    });
    await assert.rejects(neargate.ec2.send(again), { name: 'RouteAlreadyExists' });
    await ec2('delete-vpc-endpoints', '--vpc-endpoint-ids', made.VpcEndpoint.VpcEndpointId);
    assert.deepEqual(await ec2('describe-route-tables'), tables);
  });

  it('makes flow logs, lists and deletes them', async () => {
    const what = ['--resource-type', 'VPC', '--resource-ids', vpcId, '--traffic-type', 'ALL'];
    const options = 'FileFormat=plain-text,HiveCompatiblePartitions=true,PerHourPartition=true';
    const { FlowLogIds, Unsuccessful } = await ec2(
      ...['create-flow-logs', ...what, '--log-format', '${version} ${ecs-task-id} ${bytes}'],
      ...['--log-destination-type', 's3', '--log-destination', 'arn:aws:s3:::bucket/a/'],
      ...['--destination-options', options, '--max-aggregation-interval', '60'],
    );
    assert.deepEqual(Unsuccessful, []);
    const { FlowLogs: [log] = [] } = await neargate.ec2.send(
      new DescribeFlowLogsCommand({ FlowLogIds: [...FlowLogIds] }),
    );
    assert.deepEqual(
      [log?.LogDestination, log?.LogFormat, log?.MaxAggregationInterval, log?.DestinationOptions],
      [
        'arn:aws:s3:::bucket/a/',
        '${version} ${ecs-task-id} ${bytes}',
        60,
        { FileFormat: 'plain-text', HiveCompatiblePartitions: true, PerHourPartition: true },
      ],
    );
    await ec2('delete-flow-logs', '--flow-log-ids', ...FlowLogIds);
    assert.equal(await awsText(neargate, 'ec2', 'describe-flow-logs', '--query', 'length(FlowLogs)'), '0');
  });
});

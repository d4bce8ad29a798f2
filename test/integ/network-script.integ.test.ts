import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';

/** A network as people script it, a task in it, and everything taken down again; prints what was seen on the way. */
const BOTO3 = `
import os, json, boto3
kw = dict(endpoint_url=os.environ['ENDPOINT'])
ec2 = boto3.client('ec2', **kw); ecs = boto3.client('ecs', **kw)
tags = lambda kind: [dict(ResourceType=kind, Tags=[dict(Key='Name', Value='boto')])]
ids = lambda name, *values: [dict(Name=name, Values=list(values))]
seen = {}

vpc = ec2.create_vpc(CidrBlock='10.7.0.0/16', TagSpecifications=tags('vpc'))['Vpc']['VpcId']
ec2.get_waiter('vpc_available').wait(VpcIds=[vpc])
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames=dict(Value=True))
subnet = lambda cidr, zone: ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone,
    TagSpecifications=tags('subnet'))['Subnet']['SubnetId']
public, private = subnet('10.7.0.0/24', 'us-east-1a'), subnet('10.7.1.0/24', 'us-east-1a')
ec2.get_waiter('subnet_available').wait(SubnetIds=[public, private])
igw = ec2.create_internet_gateway(TagSpecifications=tags('internet-gateway'))['InternetGateway']['InternetGatewayId']
ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
table = lambda: ec2.create_route_table(VpcId=vpc, TagSpecifications=tags('route-table'))['RouteTable']['RouteTableId']
out, inside = table(), table()
links = [ec2.associate_route_table(RouteTableId=t, SubnetId=s)['AssociationId'] for t, s in [(out, public), (inside, private)]]
ec2.create_route(RouteTableId=out, DestinationCidrBlock='0.0.0.0/0', GatewayId=igw)
eip = ec2.allocate_address(Domain='vpc', TagSpecifications=tags('elastic-ip'))
nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=eip['AllocationId'],
    TagSpecifications=tags('natgateway'))['NatGateway']['NatGatewayId']
ec2.get_waiter('nat_gateway_available').wait(NatGatewayIds=[nat])
ec2.create_route(RouteTableId=inside, DestinationCidrBlock='0.0.0.0/0', NatGatewayId=nat)
group = ec2.create_security_group(GroupName='web', Description='web', VpcId=vpc)['GroupId']
ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
    dict(IpProtocol='tcp', FromPort=80, ToPort=80, IpRanges=[dict(CidrIp='0.0.0.0/0')])])
s3 = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName='com.amazonaws.us-east-1.s3',
    RouteTableIds=[inside])['VpcEndpoint']['VpcEndpointId']
seen['names'] = sorted(t['ResourceType'] for page in ec2.get_paginator('describe_tags').paginate(
    Filters=ids('value', 'boto')) for t in page['Tags'])
seen['routes'] = [[(r.get('DestinationCidrBlock') or 's3', r['State']) for r in t['Routes']]
    for t in (ec2.describe_route_tables(RouteTableIds=[i])['RouteTables'][0] for i in (out, inside))]

ecs.create_cluster(clusterName='boto')
ecs.register_task_definition(family='boto', requiresCompatibilities=['FARGATE'], networkMode='awsvpc', cpu='256',
    memory='512', containerDefinitions=[dict(name='web', image='public.ecr.aws/docker/library/busybox')])
task = ecs.run_task(cluster='boto', taskDefinition='boto', launchType='FARGATE', networkConfiguration=dict(
    awsvpcConfiguration=dict(subnets=[private], securityGroups=[group])))['tasks'][0]['taskArn']
soon = dict(Delay=1, MaxAttempts=60)
ecs.get_waiter('tasks_running').wait(cluster='boto', tasks=[task], WaiterConfig=soon)
eni = ec2.describe_network_interfaces(Filters=ids('group-id', group))['NetworkInterfaces'][0]
details = {d['name']: d['value'] for d in ecs.describe_tasks(cluster='boto', tasks=[task])['tasks'][0]['attachments'][0]['details']}
seen['interface'] = dict(same=eni['PrivateIpAddress'] == details['privateIPv4Address'], subnet=eni['SubnetId'] == private)
seen['left'] = ec2.describe_subnets(SubnetIds=[private])['Subnets'][0]['AvailableIpAddressCount']

def refusal(call, **input):
    try:
        call(**input)
    except ec2.exceptions.ClientError as e:
        return e.response['Error']['Code']
seen['refused'] = [refusal(ec2.delete_vpc, VpcId=vpc), refusal(ec2.delete_subnet, SubnetId=private),
    refusal(ec2.delete_security_group, GroupId=group), refusal(ec2.detach_internet_gateway, InternetGatewayId=igw, VpcId=vpc),
    refusal(ec2.delete_route_table, RouteTableId=inside), refusal(ec2.create_subnet, VpcId=vpc, CidrBlock='10.7.0.128/25'),
    refusal(ec2.create_vpc, CidrBlock='10.0.0.0/16', DryRun=True)]

ecs.stop_task(cluster='boto', task=task)
ecs.get_waiter('tasks_stopped').wait(cluster='boto', tasks=[task], WaiterConfig=soon)
ec2.delete_vpc_endpoints(VpcEndpointIds=[s3])
ec2.delete_nat_gateway(NatGatewayId=nat)
ec2.get_waiter('nat_gateway_deleted').wait(NatGatewayIds=[nat])
seen['after nat'] = [(r.get('DestinationCidrBlock') or 's3', r['State'])
    for r in ec2.describe_route_tables(RouteTableIds=[inside])['RouteTables'][0]['Routes']]
ec2.release_address(AllocationId=eip['AllocationId'])
for link in links: ec2.disassociate_route_table(AssociationId=link)
for t in (out, inside): ec2.delete_route_table(RouteTableId=t)
for s in (public, private): ec2.delete_subnet(SubnetId=s)
ec2.delete_security_group(GroupId=group)
ec2.detach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=igw)
ec2.delete_vpc(VpcId=vpc)
ofvpc = ids('vpc-id', vpc)
seen['remaining'] = [len(ec2.describe_vpcs(Filters=ofvpc)['Vpcs']), len(ec2.describe_subnets(Filters=ofvpc)['Subnets']),
    len(ec2.describe_route_tables(Filters=ofvpc)['RouteTables']), len(ec2.describe_addresses()['Addresses']),
    len(ec2.describe_security_groups(Filters=ofvpc)['SecurityGroups']),
    len(ec2.describe_network_interfaces(Filters=ofvpc)['NetworkInterfaces']),
    len(ec2.describe_vpc_endpoints(Filters=ofvpc)['VpcEndpoints'])]
print(json.dumps(seen))
`;

describe("A network made with Debian's tools of AWS", async () => {
  const missing = await toolsMissing();
  const skip = missing ?? false;
  let neargate: Neargate;

  before(async () => {
    if (missing === undefined) neargate = await Neargate.start({ flags: ['--fake'] });
  });

  after(async () => {
    await neargate?.close();
  });

  it('boto3: made, used by a task, and taken down without a trace', { skip }, async () => {
    assert.deepEqual(JSON.parse(await python(neargate, BOTO3, {})), {
      names: [
        ...['elastic-ip', 'internet-gateway', 'natgateway', 'route-table', 'route-table'],
        ...['subnet', 'subnet', 'vpc'],
      ],
      routes: [
        [
          ['10.7.0.0/16', 'active'],
          ['0.0.0.0/0', 'active'],
        ],
        [
          ['10.7.0.0/16', 'active'],
          ['0.0.0.0/0', 'active'],
          ['s3', 'active'],
        ],
      ],
      interface: { same: true, subnet: true },
      left: 250,
      refused: [
        ...['DependencyViolation', 'DependencyViolation', 'DependencyViolation', 'DependencyViolation'],
        ...['DependencyViolation', 'InvalidSubnet.Conflict', 'DryRunOperation'],
      ],
      'after nat': [
        ['10.7.0.0/16', 'active'],
        ['0.0.0.0/0', 'blackhole'],
      ],
      remaining: [0, 0, 0, 0, 0, 0, 0],
    });
  });

  it('aws ec2: made, shown and taken down', { skip }, async () => {
    const ec2 = (...args: string[]) => aws(neargate, 'ec2', ...args);
    /** Of the answer, the text at `query`. */
    const text = async (query: string, ...args: string[]): Promise<string> =>
      String(await ec2(...args, '--query', query));
    const vpc = await text('Vpc.VpcId', 'create-vpc', '--cidr-block', '10.8.0.0/16');
    const inVpc = ['--vpc-id', vpc];
    const subnet = await text('Subnet.SubnetId', 'create-subnet', ...inVpc, '--cidr-block', '10.8.0.0/24');
    await ec2('modify-subnet-attribute', '--subnet-id', subnet, '--map-public-ip-on-launch');
    const igw = await text('InternetGateway.InternetGatewayId', 'create-internet-gateway');
    await ec2('attach-internet-gateway', '--internet-gateway-id', igw, ...inVpc);
    const table = await text('RouteTable.RouteTableId', 'create-route-table', ...inVpc);
    const inTable = ['--route-table-id', table];
    const everywhere = ['--destination-cidr-block', '0.0.0.0/0'];
    await ec2('create-route', ...inTable, ...everywhere, '--gateway-id', igw);
    const main = await text(
      'RouteTables[0].Associations[0].RouteTableAssociationId',
      'describe-route-tables',
      '--filters',
      `Name=vpc-id,Values=${vpc}`,
      'Name=association.main,Values=true',
    );
    const old = await text(
      'RouteTables[0].RouteTableId',
      'describe-route-tables',
      '--filters',
      `Name=association.route-table-association-id,Values=${main}`,
    );
    await ec2('replace-route-table-association', '--association-id', main, ...inTable);
    await ec2('delete-route-table', '--route-table-id', old);
    await ec2('create-tags', '--resources', vpc, subnet, '--tags', 'Key=Name,Value=cli');
    const shown = await ec2(
      'describe-subnets',
      '--filters',
      'Name=tag:Name,Values=cli',
      '--query',
      'Subnets[].[SubnetId,CidrBlock,MapPublicIpOnLaunch,AvailableIpAddressCount]',
    );
    assert.deepEqual(shown, [[subnet, '10.8.0.0/24', true, 251]]);
    const refused = await ec2('delete-vpc', ...inVpc).catch((error: unknown) => error);
    assert.match(
      String(refused),
      new RegExp(
        `An error occurred \\(DependencyViolation\\) when calling the DeleteVpc operation: The vpc '${vpc}' has dependencies and cannot be deleted\\.`,
      ),
    );
    await ec2('delete-subnet', '--subnet-id', subnet);
    await ec2('detach-internet-gateway', '--internet-gateway-id', igw, ...inVpc);
    await ec2('delete-internet-gateway', '--internet-gateway-id', igw);
    await ec2('delete-vpc', ...inVpc);
    assert.equal(await text('length(Vpcs)', 'describe-vpcs'), '1');
  });
});

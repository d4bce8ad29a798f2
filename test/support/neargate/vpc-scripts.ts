/** What people run against EC2 and ECS, as they write it: a network, a task in it, and all of it taken away. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * With boto3: two subnets, gateways, groups, endpoints, flow logs. `ENDPOINT`, `IMAGE` are in the environment. Prints a
 * line of JSON with what it saw.
 */
export const BOTO3_SCRIPT = `
import json, os, time, boto3
kw = dict(endpoint_url=os.environ['ENDPOINT'])
ec2 = boto3.client('ec2', **kw); ecs = boto3.client('ecs', **kw); logs = boto3.client('logs', **kw)
quick = {'Delay': 1, 'MaxAttempts': 60}
tags = lambda kind, name: [dict(ResourceType=kind, Tags=[dict(Key='Name', Value=name), dict(Key='stack', Value='boto')])]
stack = [dict(Name='tag:stack', Values=['boto'])]

vpc = ec2.create_vpc(CidrBlock='10.82.0.0/16', TagSpecifications=tags('vpc', 'boto'))['Vpc']['VpcId']
ec2.get_waiter('vpc_available').wait(VpcIds=[vpc], WaiterConfig=quick)
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={'Value': True})
mine = [dict(Name='vpc-id', Values=[vpc])]
public, private = [
    ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone,
                      TagSpecifications=tags('subnet', name))['Subnet']['SubnetId']
    for cidr, zone, name in [('10.82.0.0/24', 'us-east-1a', 'public'), ('10.82.1.0/24', 'us-east-1b', 'private')]]
ec2.get_waiter('subnet_available').wait(SubnetIds=[public, private], WaiterConfig=quick)
igw = ec2.create_internet_gateway(TagSpecifications=tags('internet-gateway', 'boto'))['InternetGateway']['InternetGatewayId']
ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
address = ec2.allocate_address(Domain='vpc')
nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address['AllocationId'])['NatGateway']['NatGatewayId']
ec2.get_waiter('nat_gateway_available').wait(NatGatewayIds=[nat], WaiterConfig=quick)
tables = []
for subnet, target in [(public, dict(GatewayId=igw)), (private, dict(NatGatewayId=nat))]:
    table = ec2.create_route_table(VpcId=vpc)['RouteTable']['RouteTableId']
    ec2.create_route(RouteTableId=table, DestinationCidrBlock='0.0.0.0/0', **target)
    tables.append((table, ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)['AssociationId']))
web = ec2.create_security_group(GroupName='web', Description='web', VpcId=vpc)['GroupId']
ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[
    dict(IpProtocol='tcp', FromPort=8080, ToPort=8080, UserIdGroupPairs=[dict(GroupId=web)])])
service = ec2.create_security_group(GroupName='endpoints', Description='endpoints', VpcId=vpc)['GroupId']
ec2.authorize_security_group_ingress(GroupId=service, IpPermissions=[
    dict(IpProtocol='tcp', FromPort=443, ToPort=443, IpRanges=[dict(CidrIp='10.82.0.0/16')])])
endpoints = [
    ec2.create_vpc_endpoint(VpcId=vpc, VpcEndpointType='Interface', ServiceName='com.amazonaws.us-east-1.logs',
                            SubnetIds=[private], SecurityGroupIds=[service])['VpcEndpoint']['VpcEndpointId'],
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName='com.amazonaws.us-east-1.s3',
                            RouteTableIds=[tables[1][0]])['VpcEndpoint']['VpcEndpointId']]
logs.create_log_group(logGroupName='/boto/flows'); logs.create_log_group(logGroupName='/boto/app')
flow_logs = ec2.create_flow_logs(ResourceType='VPC', ResourceIds=[vpc], TrafficType='ALL', LogGroupName='/boto/flows',
    DeliverLogsPermissionArn='arn:aws:iam::000000000000:role/flow-logs')['FlowLogIds']

ecs.create_cluster(clusterName='boto')
options = {'awslogs-group': '/boto/app', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'b'}
definition = lambda family, **over: ecs.register_task_definition(
    family=family, requiresCompatibilities=['FARGATE'], networkMode='awsvpc', cpu='256', memory='512',
    executionRoleArn='arn:aws:iam::000000000000:role/execution',
    containerDefinitions=[dict(name='app', image=os.environ['IMAGE'],
                               logConfiguration=dict(logDriver='awslogs', options=options), **over)],
)['taskDefinition']['taskDefinitionArn']
place = lambda subnet: {'awsvpcConfiguration': {'subnets': [subnet], 'securityGroups': [web]}}
start = lambda td, subnet: ecs.run_task(cluster='boto', taskDefinition=td, launchType='FARGATE',
                                        networkConfiguration=place(subnet))['tasks'][0]['taskArn']
server = start(definition('server'), private)
ecs.get_waiter('tasks_running').wait(cluster='boto', tasks=[server], WaiterConfig=quick)
details = ecs.describe_tasks(cluster='boto', tasks=[server])['tasks'][0]['attachments'][0]['details']
server_ip = [d['value'] for d in details if d['name'] == 'privateIPv4Address'][0]
client = start(definition('client', command=['wget', '-q', '-O', '-', 'http://%s:8080/' % server_ip]), private)
ecs.get_waiter('tasks_stopped').wait(cluster='boto', tasks=[client], WaiterConfig=quick)
enis = ec2.describe_network_interfaces(Filters=mine)['NetworkInterfaces']
kinds = sorted(eni['InterfaceType'] for eni in enis)
events = logs.get_log_events(logGroupName='/boto/app', logStreamName='b/app/' + client.split('/')[-1], startFromHead=True)
lines = [e['message'] for e in events['events']]
ecs.stop_task(cluster='boto', task=server)
ecs.get_waiter('tasks_stopped').wait(cluster='boto', tasks=[server], WaiterConfig=quick)

try:
    ec2.delete_vpc(VpcId=vpc); early = None
except ec2.exceptions.ClientError as e:
    early = e.response['Error']['Code']
ec2.delete_flow_logs(FlowLogIds=flow_logs)
ec2.delete_vpc_endpoints(VpcEndpointIds=endpoints)
for _ in range(60):
    if not ec2.describe_vpc_endpoints(Filters=mine)['VpcEndpoints']: break
    time.sleep(0.5)
ec2.delete_nat_gateway(NatGatewayId=nat)
ec2.get_waiter('nat_gateway_deleted').wait(NatGatewayIds=[nat], WaiterConfig=quick)
ec2.release_address(AllocationId=address['AllocationId'])
for table, association in tables:
    ec2.disassociate_route_table(AssociationId=association)
    ec2.delete_route_table(RouteTableId=table)
ec2.detach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=igw)
for group in [web, service]: ec2.delete_security_group(GroupId=group)
for subnet in [public, private]: ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)
for group in ['/boto/flows', '/boto/app']: logs.delete_log_group(logGroupName=group)

left = [
    ec2.describe_vpcs(Filters=stack)['Vpcs'], ec2.describe_subnets(Filters=mine)['Subnets'],
    ec2.describe_internet_gateways(Filters=stack)['InternetGateways'],
    ec2.describe_route_tables(Filters=mine)['RouteTables'], ec2.describe_security_groups(Filters=mine)['SecurityGroups'],
    ec2.describe_network_interfaces(Filters=mine)['NetworkInterfaces'], ec2.describe_flow_logs(FlowLogIds=[], Filters=[dict(Name='resource-id', Values=[vpc])])['FlowLogs'],
    ec2.describe_addresses(Filters=[dict(Name='public-ip', Values=[address['PublicIp']])])['Addresses']]
print(json.dumps(dict(vpc=vpc, lines=lines, kinds=kinds, early=early, left=[x for each in left for x in each])))
`;

/** With the AWS CLI: what the guide does not have of a network. Prints how many VPCs are left of it. */
export const CLI_SCRIPT = `
set -euo pipefail
value() { aws "$@" --output text; }
vpc=$(value ec2 create-vpc --cidr-block 10.84.0.0/16 --query Vpc.VpcId)
aws ec2 wait vpc-available --vpc-ids "$vpc"
subnet=$(value ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.84.0.0/24 --query Subnet.SubnetId)
table=$(value ec2 create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId)
association=$(value ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet" --query AssociationId)
endpoint=$(value ec2 create-vpc-endpoint --vpc-id "$vpc" --service-name com.amazonaws.us-east-1.s3 \\
  --route-table-ids "$table" --query VpcEndpoint.VpcEndpointId)
aws logs create-log-group --log-group-name /cli/flows
flows=$(value ec2 create-flow-logs --resource-type VPC --resource-ids "$vpc" --traffic-type ALL \\
  --log-group-name /cli/flows --deliver-logs-permission-arn arn:aws:iam::000000000000:role/flow-logs \\
  --query 'FlowLogIds[0]')

aws ec2 delete-flow-logs --flow-log-ids "$flows" > /dev/null
aws ec2 delete-vpc-endpoints --vpc-endpoint-ids "$endpoint" > /dev/null
aws ec2 disassociate-route-table --association-id "$association"
aws ec2 delete-route-table --route-table-id "$table"
aws ec2 delete-subnet --subnet-id "$subnet"
aws ec2 delete-vpc --vpc-id "$vpc"
value ec2 describe-vpcs --filters "Name=vpc-id,Values=$vpc" --query 'length(Vpcs)'
`;

/** From dist/test/support/neargate/. */
const GUIDE = fileURLToPath(new URL('../../../../docs/how-to/network.md', import.meta.url));

/** The commands of docs/how-to/network.md, one after the other, as a reader would type them. */
export function guideScript(): string {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
  return `set -euo pipefail\n${blocks.filter((text) => text.includes('aws ')).join('')}`;
}

/**
 * Changes of a network, drawn by numbers: each picks among what there is, so that most of them are allowed and some are
 * not. Tasks come and go as the control plane places them, without the API.
 */
import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { EFSServiceException } from '@aws-sdk/client-efs';
import { keys } from '../../../src/domain/keys.ts';
import { usableHostRange, formatIpv4 } from '../../../src/domain/network/cidr.ts';
import type { EniRecord, VpcEndpointRecord } from '../../../src/domain/network/records.ts';
import { MOUNT_TARGET_CHANGES } from '../efs/drawn-mount-targets.ts';
import type { Change } from './drawn-change.ts';
import { EC2_SCOPE, type Ec2UnderTest } from './ec2-under-test.ts';

/** The numbers pick; an index beyond the end begins anew. */
export interface DrawnChange {
  readonly name: ChangeName;
  readonly one: number;
  readonly other: number;
}

export type Outcome = 'done' | 'refused' | 'nothing to do';

class NothingThere extends Error {}

const RANGES = ['10.0.0.0/16', '10.0.0.0/24', '10.1.0.0/20'];
const PARTS = ['10.0.0.0/24', '10.0.0.0/26', '10.0.0.64/28', '10.0.0.96/28', '10.0.1.0/28', '10.1.4.0/28'];
const S3 = 'com.amazonaws.eu-west-1.s3';
const LOGS = 'com.amazonaws.eu-west-1.logs';

const CHANGES = {
  createVpc: ({ client }, { one }) => client.createVpc({ CidrBlock: one(RANGES) }),
  deleteVpc: async (ec2, { one }) => ec2.client.deleteVpc({ VpcId: one(await ec2.all('vpc')).vpcId }),
  createDefaultVpc: ({ client }) => client.createDefaultVpc({}),
  createSubnet: async (ec2, { one, other }) =>
    ec2.client.createSubnet({ VpcId: one(await ec2.all('vpc')).vpcId, CidrBlock: other(PARTS) }),
  createDefaultSubnet: ({ client }, { one }) =>
    client.createDefaultSubnet({ AvailabilityZone: one(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']) }),
  deleteSubnet: async (ec2, { one }) =>
    ec2.client.deleteSubnet({ SubnetId: one(await ec2.all('subnet')).subnetId }),
  createRouteTable: async (ec2, { one }) =>
    ec2.client.createRouteTable({ VpcId: one(await ec2.all('vpc')).vpcId }),
  deleteRouteTable: async (ec2, { one }) =>
    ec2.client.deleteRouteTable({ RouteTableId: one(await ec2.all('route-table')).routeTableId }),
  associate: async (ec2, { one, other }) => {
    const { subnetId, vpcId } = one(await ec2.all('subnet'));
    const tables = (await ec2.all('route-table')).filter((table) => table.vpcId === vpcId);
    return ec2.client.associateRouteTable({ SubnetId: subnetId, RouteTableId: other(tables).routeTableId });
  },
  disassociate: async (ec2, { one }) =>
    ec2.client.disassociateRouteTable({ AssociationId: one(await associations(ec2)) }),
  replaceAssociation: async (ec2, { one, other }) =>
    ec2.client.replaceRouteTableAssociation({
      AssociationId: one(await associations(ec2)),
      RouteTableId: other(await ec2.all('route-table')).routeTableId,
    }),
  createInternetGateway: ({ client }) => client.createInternetGateway({}),
  attach: async (ec2, { one, other }) =>
    ec2.client.attachInternetGateway({
      InternetGatewayId: one(await ec2.all('internet-gateway')).internetGatewayId,
      VpcId: other(await ec2.all('vpc')).vpcId,
    }),
  detach: async (ec2, { one }) => {
    const attached = (await ec2.all('internet-gateway')).filter(({ vpcId }) => vpcId !== undefined);
    const { internetGatewayId, vpcId } = one(attached);
    return ec2.client.detachInternetGateway({ InternetGatewayId: internetGatewayId, VpcId: vpcId });
  },
  deleteInternetGateway: async (ec2, { one }) =>
    ec2.client.deleteInternetGateway({
      InternetGatewayId: one(await ec2.all('internet-gateway')).internetGatewayId,
    }),
  allocate: ({ client }) => client.allocateAddress({}),
  release: async (ec2, { one }) =>
    ec2.client.releaseAddress({ AllocationId: one(await ec2.all('elastic-ip')).allocationId }),
  createNatGateway: async (ec2, { one, other }) =>
    ec2.client.createNatGateway({
      SubnetId: one(await ec2.all('subnet')).subnetId,
      AllocationId: other(await ec2.all('elastic-ip')).allocationId,
    }),
  createPrivateNatGateway: async (ec2, { one }) =>
    ec2.client.createNatGateway({
      SubnetId: one(await ec2.all('subnet')).subnetId,
      ConnectivityType: 'private',
    }),
  deleteNatGateway: async (ec2, { one }) =>
    ec2.client.deleteNatGateway({ NatGatewayId: one(await ec2.all('nat-gateway')).natGatewayId }),
  createRoute: async (ec2, { one, other }) => {
    const { routeTableId, vpcId } = one(await ec2.all('route-table'));
    const gateways = (await ec2.all('internet-gateway')).filter((gateway) => gateway.vpcId === vpcId);
    const GatewayId = other(gateways).internetGatewayId;
    return ec2.client.createRoute({
      RouteTableId: routeTableId,
      DestinationCidrBlock: '0.0.0.0/0',
      GatewayId,
    });
  },
  deleteRoute: async (ec2, { one }) => {
    const { routeTableId } = one((await ec2.all('route-table')).filter(({ routes }) => routes.length > 0));
    return ec2.client.deleteRoute({ RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0' });
  },
  createGatewayEndpoint: async (ec2, { one }) => {
    const { routeTableId, vpcId } = one(await ec2.all('route-table'));
    return ec2.client.createVpcEndpoint({ VpcId: vpcId, ServiceName: S3, RouteTableIds: [routeTableId] });
  },
  createInterfaceEndpoint: async (ec2, { one }) => {
    const { subnetId, vpcId } = one(await ec2.all('subnet'));
    return ec2.client.createVpcEndpoint({
      ...{ VpcId: vpcId, VpcEndpointType: 'Interface', ServiceName: LOGS, SubnetIds: [subnetId] },
      PrivateDnsEnabled: false,
    });
  },
  createNamedEndpoint: async (ec2, { one }) => {
    const named = (await ec2.all('vpc')).filter((vpc) => vpc.enableDnsHostnames);
    return ec2.client.createVpcEndpoint({
      ...{ VpcId: one(named).vpcId, VpcEndpointType: 'Interface', ServiceName: LOGS },
    });
  },
  moveEndpoint: async (ec2, { one, other }) => {
    const { endpointId, subnetIds, vpcId } = one(interfaceEndpoints(await ec2.all('endpoint')));
    const subnets = (await ec2.all('subnet')).filter((subnet) => subnet.vpcId === vpcId);
    return ec2.client.modifyVpcEndpoint({
      ...{ VpcEndpointId: endpointId, AddSubnetIds: [other(subnets).subnetId] },
      RemoveSubnetIds: subnetIds.slice(0, 1),
    });
  },
  regroupEndpoint: async (ec2, { one, other }) => {
    const { endpointId, securityGroups, vpcId } = one(interfaceEndpoints(await ec2.all('endpoint')));
    const groups = (await ec2.all('security-group')).filter((group) => group.vpcId === vpcId);
    const { groupId } = other(groups);
    return ec2.client.modifyVpcEndpoint({
      ...{ VpcEndpointId: endpointId, AddSecurityGroupIds: [groupId] },
      RemoveSecurityGroupIds: securityGroups.filter((id) => id !== groupId),
    });
  },
  rerouteEndpoint: async (ec2, { one, other }) => {
    const gateways = (await ec2.all('endpoint')).filter(({ type }) => type === 'gateway');
    const { endpointId, routeTableIds, vpcId } = one(gateways);
    const tables = (await ec2.all('route-table')).filter((table) => table.vpcId === vpcId);
    const free = tables.filter(({ routeTableId }) => !routeTableIds.includes(routeTableId));
    return ec2.client.modifyVpcEndpoint({
      ...{ VpcEndpointId: endpointId, AddRouteTableIds: [other(free).routeTableId] },
      RemoveRouteTableIds: [...routeTableIds],
    });
  },
  logInterface: async (ec2, { one, other }) =>
    ec2.client.createFlowLogs({
      ...{ ResourceType: 'NetworkInterface', ResourceIds: [one(await ec2.all('eni')).eniId] },
      ...{ TrafficType: other(['ALL', 'ACCEPT', 'REJECT'] as const), LogDestinationType: 's3' },
      LogDestination: 'arn:aws:s3:::bucket',
    }),
  deleteFlowLog: async (ec2, { one }) =>
    ec2.client.deleteFlowLogs({ FlowLogIds: [one(await ec2.all('flow-log')).flowLogId] }),
  deleteEndpoint: async (ec2, { one }) =>
    ec2.client.deleteVpcEndpoints({ VpcEndpointIds: [one(await ec2.all('endpoint')).endpointId] }),
  createGroup: async (ec2, { one, other }) =>
    ec2.client.createSecurityGroup({
      VpcId: one(await ec2.all('vpc')).vpcId,
      ...{ GroupName: `g${other([1, 2, 3])}`, Description: 'drawn' },
    }),
  nameGroupInRule: async (ec2, { one, other }) => {
    const { groupId, vpcId } = one(await ec2.all('security-group'));
    const groups = (await ec2.all('security-group')).filter((group) => group.vpcId === vpcId);
    return ec2.client.authorizeSecurityGroupIngress({
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: other(groups).groupId }] }],
    });
  },
  deleteGroup: async (ec2, { one }) =>
    ec2.client.deleteSecurityGroup({ GroupId: one(await ec2.all('security-group')).groupId }),
  tag: async (ec2, { one, other }) =>
    ec2.client.createTags({
      Resources: [one(await ec2.all('vpc')).vpcId, other(await ec2.all('route-table')).routeTableId],
      Tags: [{ Key: 'Name', Value: 'drawn' }],
    }),
  hourPasses: ({ clock }) => Promise.resolve(clock.advance(60 * 60_000)),
  placeTask: async (ec2, { one, other }) =>
    placeTask(ec2, one(await ec2.all('subnet')).subnetId, other([1, 2, 3, 4])),
  ...MOUNT_TARGET_CHANGES,
  endTask: async (ec2, { one }) => endTask(ec2, one((await ec2.all('eni')).filter(isOfTask))),
} as const satisfies Readonly<Record<string, Change>>;

export type ChangeName = keyof typeof CHANGES;
export const CHANGE_NAMES = Object.keys(CHANGES) as ChangeName[];

/** Makes the change; what is refused in AWS's words is an outcome, anything else is thrown. */
export async function makeChange(ec2: Ec2UnderTest, { name, one, other }: DrawnChange): Promise<Outcome> {
  const pick =
    (number: number) =>
    <T>(all: readonly T[]): T => {
      if (all.length === 0) throw new NothingThere();
      return all[number % all.length] as T;
    };
  try {
    await CHANGES[name](ec2, { one: pick(one), other: pick(other) });
    return 'done';
  } catch (error) {
    if (error instanceof NothingThere) return 'nothing to do';
    if (error instanceof EC2ServiceException && error.name !== 'InternalError') return 'refused';
    if (error instanceof EFSServiceException && error.name !== 'InternalServerError') return 'refused';
    throw error;
  }
}

async function associations(ec2: Ec2UnderTest): Promise<readonly string[]> {
  const tables = await ec2.all('route-table');
  return tables.flatMap((table) => table.associations.map(({ associationId }) => associationId));
}

const interfaceEndpoints = (all: readonly VpcEndpointRecord[]) =>
  all.filter(({ type }) => type === 'interface');
const isOfTask = ({ owner }: EniRecord): boolean => owner.type === 'task';

/** As placement does it: while the subnet is the one that was read, and nobody has the address. */
async function placeTask({ store }: Ec2UnderTest, subnetId: string, offset: number): Promise<void> {
  const entry = await store.get<{ vpcId: string; cidr: string; availabilityZone: string }>(
    keys.ec2(EC2_SCOPE, 'subnet', subnetId),
  );
  if (entry === undefined) throw new NothingThere();
  const { vpcId, cidr, availabilityZone } = entry.value;
  const privateIpv4Address = formatIpv4(usableHostRange(cidr).first + offset);
  const eniId = `eni-0${Buffer.from(`${subnetId}${offset}`).toString('hex').slice(-16)}`;
  const eni: EniRecord = {
    ...{ eniId, subnetId, vpcId, availabilityZone, privateIpv4Address, macAddress: '0a:00:00:00:00:01' },
    ...{ privateDnsName: '', securityGroups: [], description: '', createdAt: 0, tags: {} },
    owner: { type: 'task', taskArn: 'arn:aws:ecs:eu-west-1:0:task/t', attachmentId: 'a', machineId: 'm' },
  };
  const address = keys.address(EC2_SCOPE, subnetId, privateIpv4Address);
  await store.transact(
    [
      { key: entry.key, revision: entry.revision },
      { key: address, revision: 0 },
    ],
    [
      { put: address, value: { eniId } },
      { put: keys.ec2(EC2_SCOPE, 'eni', eniId), value: eni },
    ],
  );
}

async function endTask(
  { store }: Ec2UnderTest,
  { eniId, subnetId, privateIpv4Address }: EniRecord,
): Promise<void> {
  await store.transact(
    [],
    [
      { delete: keys.ec2(EC2_SCOPE, 'eni', eniId) },
      { delete: keys.address(EC2_SCOPE, subnetId, privateIpv4Address) },
    ],
  );
}

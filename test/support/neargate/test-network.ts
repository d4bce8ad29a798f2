/** A network as people make it with an SDK: a VPC with a public and a private subnet, gateways, groups, endpoints. */
import assert from 'node:assert/strict';
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteInternetGatewayCommand,
  DeleteRouteTableCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DetachInternetGatewayCommand,
  type EC2Client,
  type IpPermission,
  ModifyVpcAttributeCommand,
  type NetworkInterface,
  RevokeSecurityGroupIngressCommand,
  waitUntilNatGatewayAvailable,
} from '@aws-sdk/client-ec2';
import type { NetworkConfiguration, Task } from '@aws-sdk/client-ecs';
import { patient } from '../../../src/ports/testing/patience.ts';

const EVERYWHERE = '0.0.0.0/0';
const PATIENCE_S = patient(30);

/** A subnet with a route table of its own. */
export interface TestSubnet {
  readonly subnetId: string;
  readonly routeTableId: string;
}

export class TestNetwork {
  readonly vpcId: string;
  readonly internetGatewayId: string;
  readonly #ec2: EC2Client;
  readonly #range: string;
  readonly #zone: string;
  #subnets = 0;

  private constructor(ec2: EC2Client, ids: { vpcId: string; internetGatewayId: string }, range: string) {
    this.#ec2 = ec2;
    this.vpcId = ids.vpcId;
    this.internetGatewayId = ids.internetGatewayId;
    this.#range = range;
    this.#zone = 'us-east-1a';
  }

  /** A VPC `<range>.0.0/16` with an internet gateway. */
  static async make(ec2: EC2Client, range: string): Promise<TestNetwork> {
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: `${range}.0.0/16` }));
    const vpcId = given(Vpc?.VpcId);
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const internetGatewayId = given(InternetGateway?.InternetGatewayId);
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId: internetGatewayId }));
    return new TestNetwork(ec2, { vpcId, internetGatewayId }, range);
  }

  /** `<range>.<number>.0/24`, from which nothing leads out of the VPC; in zone a unless another is named. */
  async addSubnet(availabilityZone = this.#zone): Promise<TestSubnet> {
    this.#subnets += 1;
    const { Subnet } = await this.#ec2.send(
      new CreateSubnetCommand({
        VpcId: this.vpcId,
        CidrBlock: `${this.#range}.${this.#subnets}.0/24`,
        AvailabilityZone: availabilityZone,
      }),
    );
    const { RouteTable } = await this.#ec2.send(new CreateRouteTableCommand({ VpcId: this.vpcId }));
    const subnet = { subnetId: given(Subnet?.SubnetId), routeTableId: given(RouteTable?.RouteTableId) };
    await this.#ec2.send(
      new AssociateRouteTableCommand({ SubnetId: subnet.subnetId, RouteTableId: subnet.routeTableId }),
    );
    return subnet;
  }

  /** A subnet with the internet gateway as its way out. */
  async addPublicSubnet(availabilityZone = this.#zone): Promise<TestSubnet> {
    const subnet = await this.addSubnet(availabilityZone);
    await this.#ec2.send(
      new CreateRouteCommand({
        RouteTableId: subnet.routeTableId,
        DestinationCidrBlock: EVERYWHERE,
        GatewayId: this.internetGatewayId,
      }),
    );
    return subnet;
  }

  /** A NAT gateway in a public subnet, when it is available. */
  async addNatGateway({ subnetId }: TestSubnet): Promise<{ natGatewayId: string; publicIp: string }> {
    const { AllocationId, PublicIp } = await this.#ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const { NatGateway } = await this.#ec2.send(
      new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId }),
    );
    const natGatewayId = given(NatGateway?.NatGatewayId);
    await waitUntilNatGatewayAvailable(
      { client: this.#ec2, maxWaitTime: PATIENCE_S, minDelay: 1, maxDelay: 1 },
      { NatGatewayIds: [natGatewayId] },
    );
    return { natGatewayId, publicIp: given(PublicIp) };
  }

  async routeToNat({ routeTableId }: TestSubnet, natGatewayId: string): Promise<void> {
    await this.#ec2.send(
      new CreateRouteCommand({
        RouteTableId: routeTableId,
        DestinationCidrBlock: EVERYWHERE,
        NatGatewayId: natGatewayId,
      }),
    );
  }

  /** A group that lets everything out, and in what the rules say. */
  async addGroup(name: string, ...rules: IpPermission[]): Promise<string> {
    const { GroupId } = await this.#ec2.send(
      new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: this.vpcId }),
    );
    const groupId = given(GroupId);
    if (rules.length > 0) await this.admit(groupId, ...rules);
    return groupId;
  }

  async admit(groupId: string, ...rules: IpPermission[]): Promise<void> {
    await this.#ec2.send(
      new AuthorizeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: rules }),
    );
  }

  async withdraw(groupId: string, ...rules: IpPermission[]): Promise<void> {
    await this.#ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: groupId, IpPermissions: rules }));
  }

  /** An interface endpoint with private DNS; resolves with its private address. */
  async addEndpoint(service: string, subnet: TestSubnet, groupId: string): Promise<string> {
    const { VpcEndpoint } = await this.#ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: this.vpcId,
        VpcEndpointType: 'Interface',
        ServiceName: `com.amazonaws.us-east-1.${service}`,
        SubnetIds: [subnet.subnetId],
        SecurityGroupIds: [groupId],
        PrivateDnsEnabled: true,
      }),
    );
    const eni = await interfaceOf(this.#ec2, given(VpcEndpoint?.NetworkInterfaceIds?.[0]));
    return given(eni.PrivateIpAddress);
  }

  async addGatewayEndpoint(service: string, ...subnets: TestSubnet[]): Promise<void> {
    await this.#ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: this.vpcId,
        VpcEndpointType: 'Gateway',
        ServiceName: `com.amazonaws.us-east-1.${service}`,
        RouteTableIds: subnets.map(({ routeTableId }) => routeTableId),
      }),
    );
  }

  /** Deletes the VPC with all that was made in it here. */
  async remove(): Promise<void> {
    const ec2 = this.#ec2;
    const Filters = [{ Name: 'vpc-id', Values: [this.vpcId] }];
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters }));
    for (const { SubnetId } of Subnets) await ec2.send(new DeleteSubnetCommand({ SubnetId }));
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    for (const { RouteTableId, Associations = [] } of RouteTables) {
      if (Associations.some(({ Main }) => Main)) continue;
      await ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
    }
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
    for (const { GroupId, GroupName } of SecurityGroups) {
      if (GroupName !== 'default') await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    }
    const { vpcId: VpcId, internetGatewayId: InternetGatewayId } = this;
    await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
    await ec2.send(new DeleteVpcCommand({ VpcId }));
  }
}

/** Where RunTask is to put a task. */
export function placeIn(
  { subnetId }: TestSubnet,
  groupId: string,
  assignPublicIp: 'ENABLED' | 'DISABLED' = 'DISABLED',
): { networkConfiguration: NetworkConfiguration } {
  return {
    networkConfiguration: {
      awsvpcConfiguration: { subnets: [subnetId], securityGroups: [groupId], assignPublicIp },
    },
  };
}

/** A rule for TCP to one port from a range of addresses, or from the members of a group. */
export function tcpFrom(source: string, port: number): IpPermission {
  return portFrom('tcp', source, port);
}

export function udpFrom(source: string, port: number): IpPermission {
  return portFrom('udp', source, port);
}

/** A rule for ICMP echo requests. */
export function pingFrom(source: string): IpPermission {
  return { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, ...peers(source) };
}

function portFrom(protocol: string, source: string, port: number): IpPermission {
  return { IpProtocol: protocol, FromPort: port, ToPort: port, ...peers(source) };
}

function peers(source: string): IpPermission {
  if (source.startsWith('sg-')) return { UserIdGroupPairs: [{ GroupId: source }] };
  return { IpRanges: [{ CidrIp: source }] };
}

/** The interface that a task shows in its attachment. */
export function eniIdOf(task: Task): string {
  const details = task.attachments?.[0]?.details ?? [];
  return given(details.find(({ name }) => name === 'networkInterfaceId')?.value);
}

/** As DescribeNetworkInterfaces shows it. */
export async function interfaceOf(ec2: EC2Client, eniId: string): Promise<NetworkInterface> {
  const { NetworkInterfaces = [] } = await ec2.send(
    new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] }),
  );
  return given(NetworkInterfaces[0]);
}

function given<T>(value: T | undefined): T {
  return value ?? assert.fail('the answer lacks a member');
}

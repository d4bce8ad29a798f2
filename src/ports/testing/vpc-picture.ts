/** Pictures of VPCs for tests. */
import type {
  GroupPicture,
  RoutePicture,
  RoutedSubnet,
  RulePicture,
  VpcPicture,
  VpcSpec,
} from '../../domain/network/vpc.ts';

export const OPEN_GROUP_ID = 'sg-00000000000000001';
export const SUBNET_ID = 'subnet-00000000000000001';

/** A rule that admits all of a protocol, by default of any, from and to everywhere. */
export function ruleOf(rule: Partial<RulePicture> = {}): RulePicture {
  return { protocol: '-1', cidrs: rule.groupIds === undefined ? ['0.0.0.0/0'] : [], groupIds: [], ...rule };
}

/** A rule for one port of TCP. */
export function portOf(port: number, peers: Partial<RulePicture> = {}): RulePicture {
  return ruleOf({ protocol: '6', fromPort: port, toPort: port, ...peers });
}

/** A group that admits what is given, and lets out everything unless told otherwise. */
export function groupOf(
  groupId: string,
  ingress: readonly RulePicture[] = [],
  egress: readonly RulePicture[] = [ruleOf()],
): GroupPicture {
  return { groupId, ingress, egress };
}

/** Routes of a public subnet: the VPC, and an internet gateway for the rest. */
export function publicRoutes(vpc: VpcSpec): RoutePicture[] {
  return [
    { destinationCidr: vpc.cidr, target: { type: 'local' } },
    { destinationCidr: '0.0.0.0/0', target: { type: 'internet-gateway' } },
  ];
}

/** The subnet 10.x.`octet`.0/20 of a VPC, by default a public one; `SUBNET_ID` is that of 16. */
export function subnetOf(vpc: VpcSpec, octet: number, routes = publicRoutes(vpc)): RoutedSubnet {
  return {
    subnetId: `subnet-${String(octet / 16).padStart(17, '0')}`,
    cidr: `${vpc.cidr.split('.').slice(0, 2).join('.')}.${octet}.0/20`,
    availabilityZone: 'eu-west-1a',
    routes,
  };
}

/**
 * A VPC with a range 10.x.0.0/16: a group that admits everything, and a subnet 10.x.16.0/20 that routes to an internet
 * gateway. `eniOf` is of both.
 */
export function pictureOf(vpc: VpcSpec, changes: Partial<VpcPicture> = {}): VpcPicture {
  return {
    ...vpc,
    account: '123456789012',
    region: 'eu-west-1',
    enableDnsSupport: true,
    enableDnsHostnames: true,
    subnets: [subnetOf(vpc, 16)],
    groups: [groupOf(OPEN_GROUP_ID, [ruleOf()])],
    interfaces: [],
    endpoints: [],
    flowLogs: [],
    fileSystems: [],
    ...changes,
  };
}

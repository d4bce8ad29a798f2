/**
 * A VPC as a machine needs to know it. `VpcPicture` is whole and level-triggered: applying the same one again changes
 * nothing, applying the last one is enough. It does not name the interfaces of the machine's own tasks, which come and
 * go with their assignments, so that a task's start changes no picture.
 */
import type { Scope } from '../arn.ts';
import type { AccessPointRecord } from '../efs/records.ts';

/** What tells a VPC on a machine. */
export interface VpcSpec {
  readonly vpcId: string;
  /** E.g. `172.31.0.0/16`. */
  readonly cidr: string;
  /** True for a VPC whose private addresses the host itself can reach. */
  readonly routedFromHost: boolean;
}

export interface SubnetSpec {
  readonly subnetId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
}

export interface VpcPicture extends VpcSpec, Scope {
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly subnets: readonly RoutedSubnet[];
  /** All groups of the VPC. */
  readonly groups: readonly GroupPicture[];
  /** Interfaces that are not of this machine's tasks: of endpoints, NAT gateways, tasks elsewhere. */
  readonly interfaces: readonly InterfacePicture[];
  readonly endpoints: readonly EndpointPicture[];
  readonly flowLogs: readonly FlowLogPicture[];
  /** Those of EFS that have a mount target in the VPC. */
  readonly fileSystems: readonly FileSystemPicture[];
}

export interface RoutedSubnet extends SubnetSpec {
  /** Of the route table that the subnet uses; the longest prefix wins. What no route holds is dropped. */
  readonly routes: readonly RoutePicture[];
}

export interface RoutePicture {
  readonly destinationCidr: string;
  readonly target: RouteTarget;
}

export type RouteTarget =
  /** The VPC's own range. */
  | { readonly type: 'local' }
  /** Only for senders with a public address, which they then have. */
  | { readonly type: 'internet-gateway' }
  /** The sender gets the gateway's public address. */
  | { readonly type: 'nat-gateway'; readonly natGatewayId: string; readonly publicIpv4Address: string }
  /** A gateway endpoint; the destination is one of its service's addresses. */
  | { readonly type: 'gateway-endpoint'; readonly endpointId: string }
  /** A route whose target is gone or does not work: traffic is dropped. */
  | { readonly type: 'blackhole' };

export interface GroupPicture {
  readonly groupId: string;
  readonly ingress: readonly RulePicture[];
  readonly egress: readonly RulePicture[];
}

/** One permission; all peers of the same protocol and ports may stand in one. */
export interface RulePicture {
  /** IP protocol number as text (`6`, `17`, `1`), or `-1` for all. */
  readonly protocol: string;
  /** Ports, both included, of TCP and UDP; of ICMP its type and code, -1 for all. Absent: all. */
  readonly fromPort?: number;
  readonly toPort?: number;
  /** IPv4 ranges, those of prefix lists among them. */
  readonly cidrs: readonly string[];
  /** Groups of the same VPC, by their members' private addresses. */
  readonly groupIds: readonly string[];
}

export interface InterfacePicture {
  readonly eniId: string;
  readonly subnetId: string;
  readonly privateIpv4Address: string;
  readonly securityGroups: readonly string[];
  readonly publicIpv4Address?: string;
  readonly purpose: 'endpoint' | 'nat-gateway' | 'mount-target' | 'task-elsewhere';
}

export interface EndpointPicture {
  readonly endpointId: string;
  readonly type: 'interface' | 'gateway';
  /** AWS's short name: `ecr.api`, `ecr.dkr`, `logs`, `s3`, `secretsmanager`, `ssm` … */
  readonly service: string;
  /** The service's usual names stand for the endpoint's addresses. */
  readonly privateDns: boolean;
  /** Of its interfaces, which are among the picture's; none for a gateway endpoint. */
  readonly eniIds: readonly string[];
  /** Its own names, e.g. `vpce-0123-abcd.logs.us-east-1.vpce.amazonaws.com`. */
  readonly dnsNames: readonly string[];
}

/** A file system of EFS as those who mount it, and those who serve it, need to know it. */
export interface FileSystemPicture {
  readonly fileSystemId: string;
  /** The ones in this VPC; at most one in a zone. Their interfaces are among the picture's. */
  readonly mountTargets: readonly MountTargetPicture[];
  readonly accessPoints: readonly AccessPointPicture[];
  /** The file system's policy, JSON; absent: everybody who reaches a mount target may do everything. */
  readonly policy?: string;
}

export interface MountTargetPicture {
  readonly mountTargetId: string;
  readonly eniId: string;
  readonly availabilityZone: string;
}

export type AccessPointPicture = Pick<
  AccessPointRecord,
  'accessPointId' | 'posixUser' | 'rootPath' | 'creationInfo'
>;

export interface FlowLogPicture {
  readonly flowLogId: string;
  /** What is logged: the whole VPC, one subnet, or one interface. */
  readonly resourceId: string;
  readonly trafficType: 'ACCEPT' | 'REJECT' | 'ALL';
  readonly maxAggregationIntervalS: 60 | 600;
  /** E.g. `${version} ${account-id} …`. */
  readonly logFormat: string;
  readonly destination:
    | { readonly type: 'cloud-watch-logs'; readonly logGroupName: string }
    /** `bucket` and optional folder of the bucket's ARN. */
    | {
        readonly type: 's3';
        readonly bucket: string;
        readonly folder: string;
        readonly hivePartitions: boolean;
        readonly hourlyPartitions: boolean;
      };
}

/**
 * What the store keeps of EC2. Each record is whole and has its tags with it. Ids are AWS's: a prefix and 17
 * hexadecimal digits. Times are epoch milliseconds. Records of a default network are made when an account first asks
 * for anything in a region.
 */

export type Tags = Readonly<Record<string, string>>;

interface Tagged {
  readonly tags: Tags;
}

/** Of what may be asked for with a client token: the request that made it, so that its retry makes nothing more. */
interface Requested {
  readonly request?: RequestMark;
}

export interface RequestMark {
  readonly clientToken: string;
  readonly requestHash: string;
}

/** The record of each kind. */
export interface Ec2Records {
  readonly vpc: VpcRecord;
  readonly subnet: SubnetRecord;
  readonly 'route-table': RouteTableRecord;
  readonly 'internet-gateway': InternetGatewayRecord;
  readonly 'nat-gateway': NatGatewayRecord;
  readonly 'elastic-ip': ElasticIpRecord;
  readonly 'security-group': SecurityGroupRecord;
  readonly 'prefix-list': PrefixListRecord;
  readonly eni: EniRecord;
  readonly endpoint: VpcEndpointRecord;
  readonly 'flow-log': FlowLogRecord;
}

/**
 * Says that the default network of the scope was made: it may have been deleted since. Every change that EC2's API
 * makes in the scope writes it anew, so that no two of them happen at once.
 */
export interface NetworkMarkerRecord {
  readonly madeAt: number;
}

export interface VpcRecord extends Tagged {
  readonly vpcId: string;
  readonly cidr: string;
  readonly isDefault: boolean;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly dhcpOptionsId: string;
  readonly mainRouteTableId: string;
  readonly defaultSecurityGroupId: string;
  readonly defaultNetworkAclId: string;
  readonly createdAt: number;
}

export interface SubnetRecord extends Tagged {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly cidr: string;
  readonly availabilityZone: string;
  readonly isDefault: boolean;
  readonly mapPublicIpOnLaunch: boolean;
  readonly createdAt: number;
}

export interface RouteTableRecord extends Tagged, Requested {
  readonly routeTableId: string;
  readonly vpcId: string;
  /** The local route is not among them: it is always there. */
  readonly routes: readonly RouteRecord[];
  /** With subnets; that of a main table has none. */
  readonly associations: readonly RouteTableAssociationRecord[];
  readonly createdAt: number;
}

export interface RouteRecord {
  /** One of the two. */
  readonly destinationCidr?: string;
  readonly destinationPrefixListId?: string;
  /** `igw-…`, `nat-…` or `vpce-…`; one that does not exist any more makes the route a blackhole. */
  readonly targetId: string;
  readonly origin: 'CreateRoute' | 'EnableVgwRoutePropagation';
}

export interface RouteTableAssociationRecord {
  readonly associationId: string;
  /** Absent: the table is the VPC's main one. */
  readonly subnetId?: string;
}

export interface InternetGatewayRecord extends Tagged {
  readonly internetGatewayId: string;
  readonly vpcId?: string;
  readonly createdAt: number;
}

export interface NatGatewayRecord extends Tagged, Requested {
  readonly natGatewayId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly connectivityType: 'public' | 'private';
  readonly state: 'available' | 'deleted' | 'failed';
  /** Of a failed one: why, in AWS's words. It has neither interface nor addresses. */
  readonly failure?: { readonly code: string; readonly message: string };
  readonly eniId?: string;
  readonly privateIpv4Address?: string;
  /** Of a public one. */
  readonly allocationId?: string;
  readonly publicIpv4Address?: string;
  readonly createdAt: number;
  readonly deletedAt?: number;
}

export interface ElasticIpRecord extends Tagged {
  readonly allocationId: string;
  readonly publicIpv4Address: string;
  /** While it is associated. */
  readonly associationId?: string;
  readonly eniId?: string;
  readonly createdAt: number;
}

export interface SecurityGroupRecord extends Tagged {
  readonly groupId: string;
  readonly groupName: string;
  readonly description: string;
  readonly vpcId: string;
  readonly rules: readonly SecurityGroupRuleRecord[];
  readonly createdAt: number;
}

/** One rule object: one direction, one protocol with ports, one peer. */
export interface SecurityGroupRuleRecord extends Tagged {
  readonly ruleId: string;
  readonly isEgress: boolean;
  /** As the API shows it: `tcp`, `udp`, `icmp`, `-1`, or a number. */
  readonly ipProtocol: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly peer:
    | { readonly type: 'cidr'; readonly cidr: string }
    | { readonly type: 'cidr-ipv6'; readonly cidr: string }
    | { readonly type: 'group'; readonly groupId: string; readonly account: string }
    | { readonly type: 'prefix-list'; readonly prefixListId: string };
  readonly description?: string;
}

/** A prefix list of the account's own; those of AWS are derived. */
export interface PrefixListRecord extends Tagged {
  readonly prefixListId: string;
  readonly name: string;
  readonly maxEntries: number;
  readonly version: number;
  readonly entries: readonly { readonly cidr: string; readonly description?: string }[];
  readonly createdAt: number;
}

export interface EniRecord extends Tagged {
  readonly eniId: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  /** Empty where the VPC gives no names. */
  readonly privateDnsName: string;
  readonly publicIpv4Address?: string;
  readonly securityGroups: readonly string[];
  readonly description: string;
  readonly owner: EniOwner;
  readonly createdAt: number;
}

export type EniOwner =
  | {
      readonly type: 'task';
      readonly taskArn: string;
      readonly attachmentId: string;
      readonly machineId: string;
    }
  | { readonly type: 'endpoint'; readonly endpointId: string }
  | { readonly type: 'nat-gateway'; readonly natGatewayId: string }
  | { readonly type: 'mount-target'; readonly mountTargetId: string };

/** Claims one address of a subnet; its key is the claim. */
export interface AddressRecord {
  readonly eniId: string;
}

/** Claims one address of the machine's public pool; its key, which all accounts share, is the claim. */
export interface PublicAddressRecord {
  readonly account: string;
  readonly region: string;
  /** The ENI that has it without an elastic address, or the allocation. */
  readonly ownerId: string;
}

export interface VpcEndpointRecord extends Tagged, Requested {
  readonly endpointId: string;
  readonly vpcId: string;
  readonly type: 'interface' | 'gateway';
  /** Short: `ecr.api`, `logs`, `s3`. */
  readonly service: string;
  readonly privateDnsEnabled: boolean;
  /** The names stand for the endpoint's addresses only where a VPC is asked from outside; inside they stay public. */
  readonly privateDnsOnlyForInbound?: boolean;
  readonly subnetIds: readonly string[];
  readonly eniIds: readonly string[];
  readonly securityGroups: readonly string[];
  /** Those that have its route. */
  readonly routeTableIds: readonly string[];
  readonly policyDocument?: string;
  readonly createdAt: number;
}

export interface FlowLogRecord extends Tagged, Requested {
  readonly flowLogId: string;
  readonly resourceId: string;
  readonly vpcId: string;
  readonly trafficType: 'ACCEPT' | 'REJECT' | 'ALL';
  readonly destinationType: 'cloud-watch-logs' | 's3';
  readonly logGroupName?: string;
  /** `arn:aws:s3:::bucket/folder/` or the log group's ARN. */
  readonly logDestination?: string;
  readonly deliverLogsPermissionArn?: string;
  readonly logFormat: string;
  readonly maxAggregationIntervalS: 60 | 600;
  readonly hivePartitions: boolean;
  readonly hourlyPartitions: boolean;
  readonly createdAt: number;
}

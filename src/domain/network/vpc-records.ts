/** The records of EC2 and EFS that pictures are made of: all of a scope, as the store has them at one moment. */
import type { AccessPointRecord, FileSystemRecord, MountTargetRecord } from '../efs/records.ts';
import type {
  EniRecord,
  FlowLogRecord,
  InternetGatewayRecord,
  NatGatewayRecord,
  PrefixListRecord,
  RouteTableRecord,
  SecurityGroupRecord,
  SubnetRecord,
  VpcEndpointRecord,
  VpcRecord,
} from './records.ts';

export interface VpcRecords {
  readonly vpcs: readonly VpcRecord[];
  readonly subnets: readonly SubnetRecord[];
  readonly routeTables: readonly RouteTableRecord[];
  readonly internetGateways: readonly InternetGatewayRecord[];
  readonly natGateways: readonly NatGatewayRecord[];
  readonly securityGroups: readonly SecurityGroupRecord[];
  readonly prefixLists: readonly PrefixListRecord[];
  readonly enis: readonly EniRecord[];
  readonly endpoints: readonly VpcEndpointRecord[];
  readonly flowLogs: readonly FlowLogRecord[];
  readonly fileSystems: readonly FileSystemRecord[];
  readonly mountTargets: readonly MountTargetRecord[];
  readonly accessPoints: readonly AccessPointRecord[];
}

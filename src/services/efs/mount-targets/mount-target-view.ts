/** A mount target as AWS shows it. */
import type { LifeCycleState, MountTargetDescription } from '@aws-sdk/client-efs';
import type { Scope } from '../../../domain/arn.ts';
import type { MountTargetRecord } from '../../../domain/efs/records.ts';
import type { EniRecord } from '../../../domain/network/records.ts';
import { findZone } from '../../../domain/network/zones.ts';

export function mountTargetView(
  record: MountTargetRecord,
  scope: Scope,
  { eni, state }: { readonly eni: EniRecord | undefined; readonly state: LifeCycleState },
): MountTargetDescription {
  return {
    OwnerId: scope.account,
    MountTargetId: record.mountTargetId,
    FileSystemId: record.fileSystemId,
    SubnetId: record.subnetId,
    LifeCycleState: state,
    IpAddress: eni?.privateIpv4Address,
    NetworkInterfaceId: record.eniId,
    AvailabilityZoneId: findZone(scope.region, record.availabilityZone)?.zoneId,
    AvailabilityZoneName: record.availabilityZone,
    VpcId: record.vpcId,
  };
}

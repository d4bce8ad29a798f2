/** A file system as AWS shows it. */
import type { FileSystemDescription } from '@aws-sdk/client-efs';
import { fileSystemArn, type Scope } from '../../../domain/arn.ts';
import type { FileSystemRecord } from '../../../domain/efs/records.ts';
import { findZone } from '../../../domain/network/zones.ts';
import { fileSystemTags, tagsView } from '../tags.ts';
import type { MeteredSize } from './file-system-files.ts';

export interface FileSystemState {
  readonly mountTargets: number;
  /** Undefined when it was not measured yet. */
  readonly size: MeteredSize | undefined;
}

export function fileSystemView(
  record: FileSystemRecord,
  scope: Scope,
  { mountTargets, size }: FileSystemState,
): FileSystemDescription {
  const { tags, availabilityZoneName: zone } = record;
  const bytes = size?.bytes ?? 0;
  return {
    OwnerId: scope.account,
    CreationToken: record.creationToken,
    FileSystemId: record.fileSystemId,
    FileSystemArn: fileSystemArn(scope, record.fileSystemId),
    CreationTime: new Date(record.createdAt),
    LifeCycleState: 'available',
    Name: tags['Name'],
    NumberOfMountTargets: mountTargets,
    SizeInBytes: {
      Value: bytes,
      Timestamp: size === undefined ? undefined : new Date(size.measuredAt),
      // All files stay in the primary class: transitions of the lifecycle configuration are kept, not made.
      ValueInIA: 0,
      ValueInStandard: bytes,
      ValueInArchive: 0,
    },
    PerformanceMode: record.performanceMode,
    Encrypted: record.encrypted,
    KmsKeyId: record.kmsKeyId,
    ThroughputMode: record.throughputMode,
    ProvisionedThroughputInMibps: record.provisionedThroughputInMibps,
    AvailabilityZoneName: zone,
    AvailabilityZoneId: zone === undefined ? undefined : findZone(scope.region, zone)?.zoneId,
    Tags: tagsView(fileSystemTags(record)),
    FileSystemProtection: { ReplicationOverwriteProtection: record.replicationOverwriteProtection },
  };
}

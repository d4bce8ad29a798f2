/** An access point as AWS shows it. */
import type { AccessPointDescription, PosixUser, RootDirectory } from '@aws-sdk/client-efs';
import { accessPointArn, type Scope } from '../../../domain/arn.ts';
import type { AccessPointRecord } from '../../../domain/efs/records.ts';
import { tagsView } from '../tags.ts';

export function accessPointView(record: AccessPointRecord, scope: Scope): AccessPointDescription {
  return {
    ClientToken: record.clientToken,
    Name: record.tags['Name'],
    Tags: tagsView(record.tags),
    AccessPointId: record.accessPointId,
    AccessPointArn: accessPointArn(scope, record.accessPointId),
    FileSystemId: record.fileSystemId,
    PosixUser: posixUserView(record),
    RootDirectory: rootDirectoryView(record),
    OwnerId: scope.account,
    LifeCycleState: 'available',
  };
}

function posixUserView({ posixUser }: AccessPointRecord): PosixUser | undefined {
  if (posixUser === undefined) return undefined;
  const { uid: Uid, gid: Gid, secondaryGids } = posixUser;
  return { Uid, Gid, SecondaryGids: secondaryGids.length === 0 ? undefined : [...secondaryGids] };
}

function rootDirectoryView({ rootPath: Path, creationInfo: info }: AccessPointRecord): RootDirectory {
  if (info === undefined) return { Path };
  const { ownerUid: OwnerUid, ownerGid: OwnerGid, permissions: Permissions } = info;
  return { Path, CreationInfo: { OwnerUid, OwnerGid, Permissions } };
}

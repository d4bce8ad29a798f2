/** A task's volume that lies on a file system of EFS, read from its definition. */
import type { Volume } from '../../domain/ecs/task-definition.ts';
import type { MountSource } from '../../domain/efs/mount-words.ts';
import { fileSystemName } from '../../domain/efs/mount-target-names.ts';

export interface EfsVolume extends MountSource {
  readonly volume: string;
  readonly fileSystemId: string;
  readonly accessPointId?: string;
  /** By the task's role; otherwise as nobody in particular. */
  readonly identifies: boolean;
  readonly tlsPort?: number;
}

/** Undefined for a volume of another kind. A file system may be named by its ARN. */
export function efsVolume(volume: Volume, region: string, dnsSuffix: string): EfsVolume | undefined {
  const { name = '', efsVolumeConfiguration: efs } = volume;
  if (efs === undefined) return undefined;
  const { accessPointId, iam } = efs.authorizationConfig ?? {};
  const fileSystemId = (efs.fileSystemId ?? '').split('/').at(-1) ?? '';
  return {
    volume: name,
    fileSystemId,
    dnsName: fileSystemName(fileSystemId, region, dnsSuffix),
    path: efs.rootDirectory === undefined || efs.rootDirectory === '' ? '/' : efs.rootDirectory,
    tls: efs.transitEncryption === 'ENABLED',
    identifies: iam === 'ENABLED',
    ...(accessPointId !== undefined && { accessPointId }),
    ...(efs.transitEncryptionPort !== undefined && { tlsPort: efs.transitEncryptionPort }),
  };
}

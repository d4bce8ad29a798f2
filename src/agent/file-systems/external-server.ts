/** File systems that others serve: a NAS, another machine, AWS's own EFS. There is no mount target of them here. */
import { AppError } from '../../domain/errors.ts';
import { mountFailureText } from '../../domain/efs/mount-words.ts';
import type { FileSystemMountRequest } from '../../ports/file-system-mounts.ts';
import type { EfsVolume } from './efs-volume.ts';

export interface ExternalServer {
  readonly fileSystemId: string;
  /** A name, which the VPC's resolver knows, or an IPv4 address. */
  readonly host: string;
  /** The directory of the server that is the file system's `/`. */
  readonly path: string;
}

/**
 * The mount of a volume from such a server, which itself says what its clients may do. Throws for a volume that
 * identifies itself: only AWS could tell who a role of this Neargate is.
 */
export function externalMount(
  volume: EfsVolume,
  server: ExternalServer,
  { taskId, namespacePath }: { readonly taskId: string; readonly namespacePath: string },
): FileSystemMountRequest {
  const { fileSystemId, dnsName, path: rootDirectory, accessPointId, identifies, tls, tlsPort } = volume;
  if (identifies) {
    const stderr = `IAM authorization is not possible with ${fileSystemId}, which has an external server.`;
    throw new AppError('failed-precondition', mountFailureText({ stderr, exitCode: 1 }));
  }
  return {
    ...{ taskId, volume: volume.volume, dnsName, readOnly: false, squashRoot: false },
    view: {
      ...{ fileSystemId, rootDirectory },
      // Where its root is, and who acts there, the server knows.
      ...(accessPointId !== undefined && { accessPoint: { accessPointId, rootPath: '/' } }),
    },
    network: {
      ...{ address: server.host, serverPath: server.path, namespacePath, tls },
      ...(tlsPort !== undefined && { tlsPort }),
    },
  };
}

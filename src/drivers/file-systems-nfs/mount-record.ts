/** What is kept on disk of a mount: enough for another process to bring its tunnel back. Nothing of it is secret. */
import { checkFileSystemId } from '../../domain/efs/file-system-id.ts';
import type { FileSystemMountRequest } from '../../ports/file-system-mounts.ts';
import type { MountGrant } from '../../ports/mount-grants.ts';

export const NFS_PORT = 2049;
/** The first of those that efs-utils takes. */
const TUNNEL_PORT = 20_049;

export interface MountRecord {
  readonly taskId: string;
  readonly grant: MountGrant;
  /** Address or name of the server. */
  readonly host: string;
  /** What the server's certificate is for, and what messages call it. */
  readonly serverName: string;
  /** On the server, one below the other: of the file system, of the volume. */
  readonly directories: readonly string[];
  /** The task's. */
  readonly namespacePath: string;
  /** With TLS: where its tunnel listens. */
  readonly tunnelPort?: number;
}

/** `invalid` for what is no file system's id. */
export function recordOf(request: FileSystemMountRequest): MountRecord {
  checkFileSystemId(request.view.fileSystemId);
  const { taskId, view, dnsName, readOnly, squashRoot, network } = request;
  const { address: host, serverPath, namespacePath, tls, tlsPort } = network;
  const accessPointId = view.accessPoint?.accessPointId;
  return {
    taskId,
    grant: {
      fileSystemId: view.fileSystemId,
      ...(accessPointId !== undefined && { accessPointId }),
      ...{ readOnly, squashRoot },
    },
    host,
    serverName: serverPath === undefined ? dnsName : host,
    // With an access point the server's root is the access point's: the certificate names it.
    directories: [...(serverPath === undefined ? [] : [serverPath]), view.rootDirectory],
    namespacePath,
    // 0 stands for any.
    ...(tls && { tunnelPort: tlsPort || TUNNEL_PORT }),
  };
}

/** The file systems of EFS on this machine: who serves them at their mount targets, and who mounts them for tasks. */
import { rootCertificates } from 'node:tls';
import { ChosenFileSystemMounts } from '../../agent/file-systems/chosen-mounts.ts';
import { MountTargets } from '../../agent/file-systems/mount-targets.ts';
import { RenewedValues } from '../../agent/renewed-values.ts';
import { CommandError } from '../../cli/command.ts';
import type { ServerCertificate } from '../../domain/server-certificate.ts';
import { LocalFileSystemMounts } from '../../drivers/file-systems-local/local-file-system-mounts.ts';
import type { LocalFileSystemViews } from '../../drivers/file-systems-local/local-file-system-views.ts';
import { hasNfsClient } from '../../drivers/file-systems-nfs/nfs-client.ts';
import { NfsFileSystemMounts } from '../../drivers/file-systems-nfs/nfs-file-system-mounts.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { FileSystemMounts } from '../../ports/file-system-mounts.ts';
import type { Logger } from '../../ports/logger.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import type { MountGrants } from '../../ports/mount-grants.ts';
import type { NfsServers } from '../../ports/nfs-servers.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { AgentConfig } from './agent-config.ts';
import { mountProgram } from './mount-program.ts';
import type { DataDir } from '../data-dir.ts';

/** Certificates of the names of file systems, which the control plane makes. */
export type FileSystemCertificates = RenewedValues<ServerCertificate>;

/** `onNeeded` asks the control plane. */
export function fileSystemCertificates(onNeeded: (name: string) => void): FileSystemCertificates {
  return new RenewedValues({
    clock: systemClock,
    onNeeded,
    failure: 'the control plane gives no certificate',
  });
}

export interface MountTargetParts {
  readonly config: Pick<AgentConfig, 'dnsSuffix'>;
  readonly servers: NfsServers;
  readonly views: FileSystemViews;
  readonly grants: MountGrants;
  readonly certificates: FileSystemCertificates;
  readonly logger: Logger;
}

/** Serves until the signal fires. */
export function createMountTargets(
  { config, certificates, ...parts }: MountTargetParts,
  signal: AbortSignal,
): MountTargets {
  return new MountTargets(
    {
      ...parts,
      certificate: (name, abort) => certificates.get(name, abort),
      dnsSuffix: config.dnsSuffix,
      clock: systemClock,
    },
    signal,
  );
}

export interface FileSystemMountParts {
  readonly views: LocalFileSystemViews;
  readonly network: Pick<TaskNetwork, 'dialer'>;
  readonly grants: MountGrants;
  readonly logger: Logger;
}

/** Tunnels of mounts over NFS are there again when this resolves. */
export async function createFileSystemMounts(
  config: Pick<AgentConfig, 'efsDriver' | 'serviceAuthority' | 'program'>,
  dir: Pick<DataDir, 'fileSystems' | 'localFileSystemMounts' | 'nfsMounts'>,
  { views, network, grants, logger }: FileSystemMountParts,
): Promise<FileSystemMounts> {
  const { fileSystems, localFileSystemMounts, nfsMounts } = dir;
  const local = new LocalFileSystemMounts({ fileSystems, dir: localFileSystemMounts, views });
  const nfs = new NfsFileSystemMounts({
    directory: nfsMounts,
    mountProgram: mountProgram(config, 'nfs-mount'),
    dialer: (taskId) => network.dialer(taskId),
    authorities: [config.serviceAuthority, ...rootCertificates],
    ...{ grants, logger },
  });
  await nfs.start();
  return new ChosenFileSystemMounts({ local, nfs, views, byNfs: config.efsDriver === 'nfs' });
}

/** Throws what is to be said before a start, when the machine cannot do what the settings ask for. */
export async function checkFileSystemDriver({ efsDriver }: Pick<AgentConfig, 'efsDriver'>): Promise<void> {
  if (efsDriver !== 'nfs' || (await hasNfsClient())) return;
  throw new CommandError(
    "This machine's kernel has no NFS client, which the setting efsDriver asks for: choose auto or local.",
  );
}

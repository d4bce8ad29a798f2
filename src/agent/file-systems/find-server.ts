/** Where a task finds a file system: its mount target in the task's zone, by the name that the task would ask for. */
import { type MountFailure, unresolved } from '../../domain/efs/mount-words.ts';
import { mountTargetsOf } from '../../domain/efs/mount-target-names.ts';
import type { FileSystemPicture, VpcPicture } from '../../domain/network/vpc.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { EfsVolume } from './efs-volume.ts';

export interface FoundServer {
  readonly fileSystem: FileSystemPicture;
  readonly address: string;
}

/** `picture`: of the task's VPC, as far as it is known. */
export function findServer(
  { fileSystemId, dnsName }: EfsVolume,
  { eni }: TaskAssignment,
  picture: VpcPicture | undefined,
  dnsSuffix: string,
): FoundServer | MountFailure {
  // Without its resolver the VPC answers nobody.
  if (picture?.enableDnsSupport !== true) return unresolved(dnsName);
  const addresses = mountTargetsOf(picture, dnsName, dnsSuffix, eni.privateIpv4Address) ?? 'unknown';
  const [address] = addresses === 'unknown' ? [] : addresses;
  const fileSystem = picture.fileSystems.find((each) => each.fileSystemId === fileSystemId);
  if (address === undefined || fileSystem === undefined) return unresolved(dnsName);
  return { fileSystem, address };
}

/** A file system with one mount target, as a picture of a VPC has it, and a task's volume on it. */
import type { EfsVolumeConfiguration, Volume } from '../../../src/domain/ecs/task-definition.ts';
import type { FileSystemPicture, VpcPicture, VpcSpec } from '../../../src/domain/network/vpc.ts';
import { OPEN_GROUP_ID, pictureOf, SUBNET_ID } from '../../../src/ports/testing/vpc-picture.ts';

export const FILE_SYSTEM_ID = 'fs-0123456789abcdef0';
const ENI_ID = 'eni-0000000000000ef50';

/** Of a VPC whose range ends in `.0.0/16`, as `pictureOf` wants it: in its subnet. */
export function mountTargetAddressIn({ cidr }: VpcSpec): string {
  return cidr.replace(/\.0\.0\/16$/, '.16.49');
}

/** The picture of a VPC with the file system. */
export function pictureWithFileSystem(
  vpc: VpcSpec,
  fileSystem: Partial<FileSystemPicture> = {},
  changes: Partial<VpcPicture> = {},
): VpcPicture {
  return pictureOf(vpc, {
    interfaces: [
      {
        ...{ eniId: ENI_ID, subnetId: SUBNET_ID, privateIpv4Address: mountTargetAddressIn(vpc) },
        ...{ securityGroups: [OPEN_GROUP_ID], purpose: 'mount-target' },
      },
    ],
    fileSystems: [
      {
        fileSystemId: FILE_SYSTEM_ID,
        mountTargets: [
          { mountTargetId: 'fsmt-0123456789abcdef0', eniId: ENI_ID, availabilityZone: 'eu-west-1a' },
        ],
        accessPoints: [],
        ...fileSystem,
      },
    ],
    ...changes,
  });
}

export function efsVolumeOf(name: string, changes: Partial<EfsVolumeConfiguration> = {}): Volume {
  return { name, efsVolumeConfiguration: { fileSystemId: FILE_SYSTEM_ID, ...changes } };
}

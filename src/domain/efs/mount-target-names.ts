/** The DNS names of file systems and their mount targets, as EFS forms them, and what they mean inside a VPC. */
import { containsAddress } from '../network/cidr.ts';
import type { VpcPicture } from '../network/vpc.ts';

const LONGEST_NAME = 253;

/** `fs-….efs.<region>.<suffix>`: the mount target in the zone of whoever asks. `suffix` is the setting. */
export function fileSystemName(fileSystemId: string, region: string, suffix: string): string {
  return `${fileSystemId}.efs.${region}.${suffix}`;
}

/** Whether a name is one that `fileSystemName` makes, of whatever file system and region. */
export function isFileSystemName(name: string, suffix: string): boolean {
  const inner = name.endsWith(`.${suffix}`) ? name.slice(0, -suffix.length - 1) : '';
  return name.length <= LONGEST_NAME && /^fs-[0-9a-f]+\.efs\.[a-z0-9-]+$/.test(inner);
}

/** The private address of a file system's mount target in a zone, or undefined where it has none. */
export function mountTargetAddress(
  { fileSystems, interfaces }: Pick<VpcPicture, 'fileSystems' | 'interfaces'>,
  fileSystemId: string,
  availabilityZone: string,
): string | undefined {
  const target = fileSystems
    .find((each) => each.fileSystemId === fileSystemId)
    ?.mountTargets.find((each) => each.availabilityZone === availabilityZone);
  return interfaces.find(({ eniId }) => eniId === target?.eniId)?.privateIpv4Address;
}

/** The private addresses of all mount targets that a file system has in a VPC. */
export function mountTargetAddresses(
  { fileSystems, interfaces }: Pick<VpcPicture, 'fileSystems' | 'interfaces'>,
  fileSystemId: string,
): string[] {
  const targets = fileSystems.find((each) => each.fileSystemId === fileSystemId)?.mountTargets ?? [];
  return interfaces
    .filter(({ eniId }) => targets.some((target) => target.eniId === eniId))
    .map(({ privateIpv4Address }) => privateIpv4Address);
}

/** The zone of the subnet that an address of the VPC is in. */
export function zoneOfAddress({ subnets }: Pick<VpcPicture, 'subnets'>, address: string): string | undefined {
  return subnets.find(({ cidr }) => containsAddress(cidr, address))?.availabilityZone;
}

/**
 * What a name below `efs.<region>.<suffix>` means to one who asks from an address of the VPC: as on AWS there is none
 * where the file system has no mount target in the zone, or the VPC no DNS hostnames. Undefined for any other name.
 */
export function mountTargetsOf(
  picture: VpcPicture,
  name: string,
  suffix: string,
  asker: string | undefined,
): readonly string[] | 'unknown' | undefined {
  if (!name.endsWith(`.${suffix}`)) return undefined;
  const [, zone, fileSystemId = '', region] =
    /^(?:([a-z0-9-]+)\.)?(fs-[0-9a-f]+)\.efs\.([a-z0-9-]+)$/.exec(name.slice(0, -suffix.length - 1)) ?? [];
  if (region === undefined) return undefined;
  const there = zone ?? (asker === undefined ? undefined : zoneOfAddress(picture, asker));
  if (region !== picture.region || !picture.enableDnsHostnames || there === undefined) return 'unknown';
  const address = mountTargetAddress(picture, fileSystemId, there);
  return address === undefined ? 'unknown' : [address];
}

/** A new mount target with its interface, which is one of EC2's: both are written together or not at all. */
import type { Scope } from '../../../domain/arn.ts';
import type { FileSystemRecord, MountTargetRecord } from '../../../domain/efs/records.ts';
import { ApiError, isApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { EniRecord, SubnetRecord } from '../../../domain/network/records.ts';
import type { NetworkReader } from '../../ec2/network.ts';
import { type NewInterface, newInterface } from '../../ec2/network-interfaces/new-interface.ts';
import { efsId } from '../efs-ids.ts';
import { badRequest } from '../errors.ts';
import type { EfsParts } from '../parts.ts';
import { groupsFor } from './asked-groups.ts';

export interface AskedMountTarget {
  readonly subnetId: string;
  readonly ipAddress: string | undefined;
  readonly groupIds: readonly string[] | undefined;
}

export interface NewMountTarget extends Pick<NewInterface, 'writes' | 'conditions'> {
  readonly record: MountTargetRecord;
  readonly eni: EniRecord;
}

export async function newMountTarget(
  reader: NetworkReader,
  { records, ids, clock }: Pick<EfsParts, 'records' | 'ids' | 'clock'>,
  fileSystem: FileSystemRecord,
  { subnetId, ipAddress, groupIds }: AskedMountTarget,
): Promise<NewMountTarget> {
  const { scope } = reader;
  const { fileSystemId } = fileSystem;
  const subnet = await reader.find('subnet', subnetId);
  if (subnet === undefined) {
    throw new ApiError('SubnetNotFound', `The subnet ID '${subnetId}' does not exist`);
  }
  checkPlace(fileSystem, subnet, await records.below(scope, 'mount-target', fileSystemId));
  const mountTargetId = efsId('mount-target', (length) => ids.hex(length));
  const made = await newInterface(
    reader,
    { ids, clock },
    {
      ...{ subnet, privateIpv4Address: ipAddress },
      securityGroups: await groupsFor(reader, subnet.vpcId, groupIds),
      description: `EFS mount target for ${fileSystemId} (${mountTargetId})`,
      owner: { type: 'mount-target', mountTargetId },
    },
  ).catch((error: unknown) => {
    throw inEfsWords(error);
  });
  const { eniId, vpcId, availabilityZone } = made.eni;
  const record: MountTargetRecord = {
    ...{ mountTargetId, fileSystemId, eniId, vpcId, subnetId, availabilityZone },
  };
  return { ...made, record, writes: [...made.writes, writeOf(scope, record)] };
}

const writeOf = (scope: Scope, record: MountTargetRecord) => ({
  put: keys.efs(scope, 'mount-target', record.mountTargetId),
  value: record,
});

/** All mount targets of a file system are in one VPC, each in a zone of its own. */
function checkPlace(
  { availabilityZoneName: zone }: FileSystemRecord,
  { vpcId, availabilityZone }: SubnetRecord,
  others: readonly MountTargetRecord[],
): void {
  if (zone !== undefined && zone !== availabilityZone) {
    throw new ApiError(
      'AvailabilityZonesMismatch',
      `The Availability Zone of the subnet, ${availabilityZone}, is not the one of the file system, ${zone}.`,
    );
  }
  if (others.some((other) => other.vpcId !== vpcId)) {
    throw conflict('requested subnet for new mount target is not in the same VPC as existing mount targets');
  }
  if (others.some((other) => other.availabilityZone === availabilityZone)) {
    throw conflict('mount target already exists in this AZ');
  }
}

const conflict = (message: string): ApiError => new ApiError('MountTargetConflict', message);

const CODES: Readonly<Record<string, string>> = {
  InsufficientFreeAddressesInSubnet: 'NoFreeAddressesInSubnet',
  'InvalidIPAddress.InUse': 'IpAddressInUse',
};

/** What EC2 refuses, EFS refuses with EC2's text. */
function inEfsWords(error: unknown): unknown {
  if (!isApiError(error)) return error;
  const code = CODES[error.code];
  if (code !== undefined) return new ApiError(code, error.message);
  return error.code === 'InvalidParameterValue' ? badRequest(error.message) : error;
}

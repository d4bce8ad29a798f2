/** Throughput modes, and the figure that `provisioned` alone has. */
import type { UpdateFileSystemRequest } from '@aws-sdk/client-efs';
import type { FileSystemRecord } from '../../../domain/efs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { checkEnum, refused } from '../constraints.ts';
import { badRequest } from '../errors.ts';

export type Throughput = Pick<FileSystemRecord, 'throughputMode' | 'provisionedThroughputInMibps'>;

/** AWS's quota for a file system in most regions. */
const MAX_MIBPS = 3414;

/** The throughput that is asked for. Throws ValidationException, BadRequest and ThroughputLimitExceeded. */
export function throughputOf({
  ThroughputMode: mode,
  ProvisionedThroughputInMibps: mibps,
}: Pick<UpdateFileSystemRequest, 'ThroughputMode' | 'ProvisionedThroughputInMibps'>): Throughput {
  checkEnum('throughputMode', mode, ['bursting', 'provisioned', 'elastic']);
  if (mibps !== undefined && mibps < 1) {
    throw refused(
      'provisionedThroughputInMibps',
      mibps,
      'Member must have value greater than or equal to 1.0',
    );
  }
  if (mode !== 'provisioned') {
    if (mibps === undefined) return { throughputMode: mode ?? 'bursting' };
    throw badRequest(
      'ProvisionedThroughputInMibps can only be specified when ThroughputMode is set to provisioned.',
    );
  }
  if (mibps === undefined) {
    throw badRequest(
      'ProvisionedThroughputInMibps must be specified when ThroughputMode is set to provisioned.',
    );
  }
  if (mibps > MAX_MIBPS) {
    throw new ApiError(
      'ThroughputLimitExceeded',
      `The throughput can be provisioned up to ${MAX_MIBPS} MiB/s.`,
    );
  }
  return { throughputMode: mode, provisionedThroughputInMibps: mibps };
}

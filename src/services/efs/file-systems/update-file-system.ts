import {
  type FileSystemDescription,
  UpdateFileSystem$,
  type UpdateFileSystemRequest,
} from '@aws-sdk/client-efs';
import type { FileSystemRecord } from '../../../domain/efs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { badRequest } from '../errors.ts';
import type { EfsParts } from '../parts.ts';
import { stateOf } from './file-system-state.ts';
import { fileSystemView } from './file-system-view.ts';
import { type Throughput, throughputOf } from './throughput.ts';

/** How long a provisioned throughput stays at least, once it was changed. */
const PROVISIONED_AT_LEAST_MS = 24 * 3_600_000;

export function updateFileSystemOperation(parts: EfsParts) {
  const { records, clock } = parts;
  return operation(
    UpdateFileSystem$,
    async (input: UpdateFileSystemRequest, { scope }: RequestContext): Promise<FileSystemDescription> => {
      const { FileSystemId: id = '', ThroughputMode: mode, ProvisionedThroughputInMibps: mibps } = input;
      const record = await records.updateFileSystem(scope, id, (known) => {
        if (mode === undefined && mibps === undefined) {
          throw badRequest('Specify a ThroughputMode, or ProvisionedThroughputInMibps.');
        }
        const asked = throughputOf({ ...input, ThroughputMode: mode ?? known.throughputMode });
        if (asked.throughputMode === 'elastic' && known.performanceMode === 'maxIO') {
          throw badRequest('Max I/O performance mode is not supported with Elastic throughput mode.');
        }
        return withThroughput(known, asked, clock.now());
      });
      return fileSystemView(record, scope, await stateOf(parts, scope, record.fileSystemId));
    },
  );
}

function withThroughput(known: FileSystemRecord, asked: Throughput, now: number): FileSystemRecord {
  const { provisionedThroughputInMibps: before = 0, provisionedAt, ...rest } = known;
  const { provisionedThroughputInMibps: after = 0 } = asked;
  if (after < before && provisionedAt !== undefined && now - provisionedAt < PROVISIONED_AT_LEAST_MS) {
    throw new ApiError(
      'TooManyRequests',
      'Wait at least 24 hours before you change the throughput mode or decrease the provisioned throughput.',
    );
  }
  const changedAt = after === before ? provisionedAt : now;
  return { ...rest, ...asked, ...(after > 0 && changedAt !== undefined && { provisionedAt: changedAt }) };
}

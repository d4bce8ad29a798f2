import {
  CreateFileSystem$,
  type CreateFileSystemRequest,
  type FileSystemDescription,
} from '@aws-sdk/client-efs';
import type { Scope } from '../../../domain/arn.ts';
import type { EfsTokenRecord, FileSystemRecord } from '../../../domain/efs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { findZone } from '../../../domain/network/zones.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { CLIENT_TOKEN, checkEnum, checkText, required } from '../constraints.ts';
import { efsId } from '../efs-ids.ts';
import { badRequest } from '../errors.ts';
import type { EfsParts } from '../parts.ts';
import { checkedTags } from '../tags.ts';
import { encryptionOf } from './encryption.ts';
import { filesNote } from './file-system-files.ts';
import { fileSystemView } from './file-system-view.ts';
import { throughputOf } from './throughput.ts';

/** AWS's default quota, for each account in a region. */
const MAX_FILE_SYSTEMS = 1000;

export function createFileSystemOperation({ records, files, store, clock, ids }: EfsParts) {
  return operation(
    CreateFileSystem$,
    async (input: CreateFileSystemRequest, { scope }: RequestContext): Promise<FileSystemDescription> => {
      const record: FileSystemRecord = {
        fileSystemId: efsId('file-system', (length) => ids.hex(length)),
        createdAt: clock.now(),
        ...readRequest(input, scope),
      };
      const { fileSystemId, creationToken } = record;
      const token = keys.efsToken(scope, 'file-system', creationToken);
      const written = {
        token: { put: token, value: { id: fileSystemId } satisfies EfsTokenRecord },
        record: { put: keys.efs(scope, 'file-system', fileSystemId), value: record },
      };
      await records.change(async () => {
        const known = await store.get<EfsTokenRecord>(token);
        if (known !== undefined) throw alreadyExists(known.value.id, creationToken);
        if ((await records.all(scope, 'file-system')).length >= MAX_FILE_SYSTEMS) throw limitExceeded();
        return {
          answer: undefined,
          conditions: [{ key: token, revision: 0 }],
          writes: [written.token, written.record, filesNote(fileSystemId, 'make')],
        };
      });
      try {
        await files.make(fileSystemId);
      } catch (error) {
        // As if it had never been: what there is of its directory goes, too.
        const undone = [{ delete: token }, { delete: written.record.put }, filesNote(fileSystemId, 'delete')];
        await store.transact([], undone);
        throw error;
      }
      return fileSystemView(record, scope, { mountTargets: 0, size: await files.size(fileSystemId) });
    },
  );
}

function readRequest(
  input: CreateFileSystemRequest,
  scope: Scope,
): Omit<FileSystemRecord, 'fileSystemId' | 'createdAt'> {
  const creationToken = required('creationToken', input.CreationToken);
  checkText('creationToken', creationToken, CLIENT_TOKEN);
  const performanceMode = input.PerformanceMode ?? 'generalPurpose';
  checkEnum('performanceMode', performanceMode, ['generalPurpose', 'maxIO']);
  const throughput = throughputOf({ ThroughputMode: 'bursting', ...input });
  if (performanceMode === 'maxIO' && throughput.throughputMode === 'elastic') {
    throw badRequest('Max I/O performance mode is not supported with Elastic throughput mode.');
  }
  const zone = input.AvailabilityZoneName;
  checkText('availabilityZoneName', zone, { min: 1, max: 64, pattern: '.+' });
  if (zone !== undefined) checkZone(zone, performanceMode, scope);
  return {
    creationToken,
    performanceMode,
    ...throughput,
    ...encryptionOf(input, scope),
    ...(zone === undefined ? {} : { availabilityZoneName: zone }),
    ...backupOf(input),
    tags: checkedTags(input.Tags),
    lifecyclePolicies: [],
    replicationOverwriteProtection: 'ENABLED',
  };
}

/** One Zone file systems are backed up unless it is said otherwise. */
function backupOf({
  Backup: backup,
  AvailabilityZoneName: zone,
}: CreateFileSystemRequest): Pick<FileSystemRecord, 'backup'> {
  if (zone === undefined && backup !== true) return {};
  return { backup: backup ?? true };
}

function checkZone(zone: string, performanceMode: string, { region }: Scope): void {
  if (findZone(region, zone)?.zoneName !== zone) {
    throw new ApiError('UnsupportedAvailabilityZone', `Availability Zone '${zone}' is not supported.`);
  }
  if (performanceMode === 'maxIO') {
    throw badRequest('Max I/O performance mode is not supported for file systems that use One Zone storage.');
  }
}

function alreadyExists(fileSystemId: string, token: string): ApiError {
  return new ApiError(
    'FileSystemAlreadyExists',
    `File system '${fileSystemId}' already exists with creation token '${token}'`,
    { FileSystemId: fileSystemId },
  );
}

function limitExceeded(): ApiError {
  return new ApiError(
    'FileSystemLimitExceeded',
    `You have reached the maximum number of file systems (${MAX_FILE_SYSTEMS}) for this account.`,
  );
}

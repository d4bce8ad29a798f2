import { DeleteFileSystem$, type DeleteFileSystemRequest } from '@aws-sdk/client-efs';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { touch } from '../efs-records.ts';
import type { EfsParts } from '../parts.ts';
import { filesNote } from './file-system-files.ts';

/** The record goes with its access points at once, the files afterwards. */
export function deleteFileSystemOperation({ records, files }: EfsParts) {
  return operation(
    DeleteFileSystem$,
    async ({ FileSystemId: id = '' }: DeleteFileSystemRequest, { scope }: RequestContext): Promise<void> => {
      await records.change(async () => {
        const entry = await records.requireFileSystem(scope, id);
        const { fileSystemId, creationToken } = entry.value;
        if ((await records.below(scope, 'mount-target', fileSystemId)).length > 0) throw inUse(fileSystemId);
        const accessPoints = await records.below(scope, 'access-point', fileSystemId);
        return {
          answer: undefined,
          conditions: [touch(scope, entry).condition],
          writes: [
            { delete: entry.key },
            { delete: keys.efsToken(scope, 'file-system', creationToken) },
            ...accessPoints.flatMap(({ accessPointId, clientToken }) => [
              { delete: keys.efs(scope, 'access-point', accessPointId) },
              { delete: keys.efsToken(scope, 'access-point', clientToken) },
            ]),
            filesNote(fileSystemId, 'delete'),
          ],
        };
      });
      files.settleSoon();
    },
  );
}

function inUse(fileSystemId: string): ApiError {
  return new ApiError(
    'FileSystemInUse',
    `The file system '${fileSystemId}' cannot be deleted because it has mount targets. You must delete the mount targets, and then try again.`,
  );
}

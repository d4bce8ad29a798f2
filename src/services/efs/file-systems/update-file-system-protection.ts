import {
  type FileSystemProtectionDescription,
  UpdateFileSystemProtection$,
  type UpdateFileSystemProtectionRequest,
} from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { checkEnum } from '../constraints.ts';
import { badRequest } from '../errors.ts';
import type { EfsParts } from '../parts.ts';

export function updateFileSystemProtectionOperation({ records }: EfsParts) {
  return operation(
    UpdateFileSystemProtection$,
    async (
      input: UpdateFileSystemProtectionRequest,
      { scope }: RequestContext,
    ): Promise<FileSystemProtectionDescription> => {
      const { FileSystemId: id = '', ReplicationOverwriteProtection: protection } = input;
      checkEnum('replicationOverwriteProtection', protection, ['ENABLED', 'DISABLED', 'REPLICATING']);
      if (protection === 'REPLICATING') {
        throw badRequest('ReplicationOverwriteProtection can be set to ENABLED or DISABLED.');
      }
      const record = await records.updateFileSystem(scope, id, (known) => ({
        ...known,
        ...(protection !== undefined && { replicationOverwriteProtection: protection }),
      }));
      return { ReplicationOverwriteProtection: record.replicationOverwriteProtection };
    },
  );
}

import { DeleteFileSystemPolicy$, type DeleteFileSystemPolicyRequest } from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EfsParts } from '../parts.ts';

/** Without a policy, too. */
export function deleteFileSystemPolicyOperation({ records }: EfsParts) {
  return operation(
    DeleteFileSystemPolicy$,
    async (
      { FileSystemId: id = '' }: DeleteFileSystemPolicyRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      await records.updateFileSystem(scope, id, ({ policy: _gone, ...known }) => known);
    },
  );
}

import { DeleteMountTarget$, type DeleteMountTargetRequest } from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { removeInterface } from '../../ec2/network-interfaces/new-interface.ts';
import { touch } from '../efs-records.ts';
import type { EfsParts } from '../parts.ts';

/** Goes with its interface and address. Who has mounted by it is cut off. */
export function deleteMountTargetOperation({ records, network, defaultNetworks }: EfsParts) {
  return operation(
    DeleteMountTarget$,
    async (
      { MountTargetId: id = '' }: DeleteMountTargetRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      await defaultNetworks.ensure(scope);
      await network.change(scope, async (reader) => {
        const { key, revision, value } = await records.require(scope, 'mount-target', 'mountTargetId', id);
        const eni = await reader.find('eni', value.eniId);
        const entry = await records.requireFileSystem(scope, value.fileSystemId);
        const fileSystem = touch(scope, entry);
        return {
          answer: undefined,
          writes: [
            { delete: key },
            ...(eni === undefined ? [] : removeInterface(reader, eni)),
            fileSystem.write,
          ],
          conditions: [{ key, revision }, fileSystem.condition],
        };
      });
    },
  );
}

import { DeleteAccessPoint$, type DeleteAccessPointRequest } from '@aws-sdk/client-efs';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EfsParts } from '../parts.ts';

/** Its files stay where they are. */
export function deleteAccessPointOperation({ records }: EfsParts) {
  return operation(
    DeleteAccessPoint$,
    async (
      { AccessPointId: id = '' }: DeleteAccessPointRequest,
      { scope }: RequestContext,
    ): Promise<void> => {
      await records.change(async () => {
        const { key, revision, value } = await records.require(scope, 'access-point', 'accessPointId', id);
        return {
          answer: undefined,
          conditions: [{ key, revision }],
          writes: [{ delete: key }, { delete: keys.efsToken(scope, 'access-point', value.clientToken) }],
        };
      });
    },
  );
}

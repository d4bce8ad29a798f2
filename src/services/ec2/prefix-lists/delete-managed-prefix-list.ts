/** DeleteManagedPrefixList: no rule and no route may use it. */
import {
  DeleteManagedPrefixList$,
  type DeleteManagedPrefixListRequest,
  type DeleteManagedPrefixListResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { dependencyViolation, missingParameter } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { prefixListView } from './prefix-list-view.ts';
import { ownPrefixList, requireOwnList } from './prefix-lists.ts';

export function deleteManagedPrefixListOperation({ network, serviceCidr }: Ec2Parts) {
  return operation(
    DeleteManagedPrefixList$,
    (
      { PrefixListId }: DeleteManagedPrefixListRequest,
      { scope }: RequestContext,
    ): Promise<DeleteManagedPrefixListResult> => {
      if (PrefixListId === undefined) throw missingParameter('PrefixListId');
      return network.change(scope, async (reader) => {
        const record = await requireOwnList(reader, PrefixListId, serviceCidr);
        if (await isUsed(reader, PrefixListId)) {
          throw dependencyViolation(`resource ${PrefixListId} has a dependent object`);
        }
        return {
          answer: { PrefixList: prefixListView(ownPrefixList(record, scope), 'delete-in-progress') },
          writes: [reader.remove('prefix-list', PrefixListId)],
        };
      });
    },
  );
}

async function isUsed(reader: NetworkReader, id: string): Promise<boolean> {
  const groups = await reader.all('security-group');
  const tables = await reader.all('route-table');
  return (
    groups.some(({ rules }) =>
      rules.some(({ peer }) => peer.type === 'prefix-list' && peer.prefixListId === id),
    ) ||
    tables.some(({ routes }) => routes.some(({ destinationPrefixListId }) => destinationPrefixListId === id))
  );
}

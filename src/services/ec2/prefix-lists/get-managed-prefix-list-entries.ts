/** GetManagedPrefixListEntries: what a list holds. Versions of before are not kept. */
import {
  GetManagedPrefixListEntries$,
  type GetManagedPrefixListEntriesRequest,
  type GetManagedPrefixListEntriesResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { missingParameter, unsupported } from '../errors.ts';
import { pageOf } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';
import { prefixListsOf, requireList } from './prefix-lists.ts';

export function getManagedPrefixListEntriesOperation({ network, serviceCidr }: Ec2Parts) {
  return operation(
    GetManagedPrefixListEntries$,
    async (
      input: GetManagedPrefixListEntriesRequest,
      { scope }: RequestContext,
    ): Promise<GetManagedPrefixListEntriesResult> => {
      const { PrefixListId, TargetVersion } = input;
      if (PrefixListId === undefined) throw missingParameter('PrefixListId');
      const list = requireList(await prefixListsOf(network.read(scope), serviceCidr), PrefixListId);
      if (TargetVersion !== undefined && TargetVersion !== (list.version ?? 1)) {
        throw unsupported(
          `Only the current version of a prefix list is kept, which is ${list.version ?? 1}.`,
        );
      }
      const { items, nextToken } = pageOf(list.entries, ({ cidr }) => cidr, input, {
        question: ['GetManagedPrefixListEntries', PrefixListId, list.version],
        min: 1,
        max: 100,
      });
      return {
        Entries: items.map(({ cidr, description }) => ({ Cidr: cidr, Description: description })),
        NextToken: nextToken,
      };
    },
  );
}

/** ModifyManagedPrefixList: other entries, another name, or another size; each change of entries is a version. */
import {
  ModifyManagedPrefixList$,
  type ModifyManagedPrefixListRequest,
  type ModifyManagedPrefixListResult,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import type { PrefixListRecord } from '../../../domain/network/records.ts';
import { checkRules } from '../../../domain/network/security-group-rules.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterCombination, missingParameter } from '../errors.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { checkedListName } from './create-managed-prefix-list.ts';
import { checkEntryCount, checkedMaxEntries, withEntries, withoutEntries } from './entries.ts';
import { prefixListView } from './prefix-list-view.ts';
import { ownPrefixList, prefixListsOf, requireOwnList } from './prefix-lists.ts';

export function modifyManagedPrefixListOperation({ network, serviceCidr }: Ec2Parts) {
  return operation(
    ModifyManagedPrefixList$,
    (
      input: ModifyManagedPrefixListRequest,
      { scope }: RequestContext,
    ): Promise<ModifyManagedPrefixListResult> => {
      const { PrefixListId } = input;
      if (PrefixListId === undefined) throw missingParameter('PrefixListId');
      return network.change(scope, async (reader) => {
        const record = await requireOwnList(reader, PrefixListId, serviceCidr);
        const next = modified(record, input);
        if (next.maxEntries > record.maxEntries) await checkGroups(reader, next, serviceCidr);
        return {
          answer: { PrefixList: prefixListView(ownPrefixList(next, scope), 'modify-in-progress') },
          writes: [reader.put('prefix-list', PrefixListId, next)],
        };
      });
    },
  );
}

function modified(record: PrefixListRecord, input: ModifyManagedPrefixListRequest): PrefixListRecord {
  const { AddEntries = [], RemoveEntries = [], MaxEntries, PrefixListName, CurrentVersion } = input;
  const changesEntries = AddEntries.length + RemoveEntries.length > 0;
  if (changesEntries && MaxEntries !== undefined) {
    throw invalidParameterCombination('MaxEntries cannot be changed together with entries.');
  }
  if (changesEntries && CurrentVersion === undefined) throw missingParameter('CurrentVersion');
  if (CurrentVersion !== undefined && CurrentVersion !== record.version) {
    throw new ApiError('PrefixListVersionMismatch', 'The prefix list has the incorrect version number.');
  }
  const removed = withoutEntries(
    record.entries,
    RemoveEntries.map(({ Cidr = '' }) => Cidr),
  );
  const entries = withEntries(removed, AddEntries);
  const maxEntries = MaxEntries === undefined ? record.maxEntries : checkedMaxEntries(MaxEntries);
  checkEntryCount(entries, maxEntries);
  return {
    ...record,
    ...{ entries, maxEntries },
    name: PrefixListName === undefined ? record.name : checkedListName(PrefixListName),
    version: changesEntries ? record.version + 1 : record.version,
  };
}

/** A longer list counts for more rules in the groups that use it. */
async function checkGroups(
  reader: NetworkReader,
  list: PrefixListRecord,
  serviceCidr: string,
): Promise<void> {
  const lists = await prefixListsOf(reader, serviceCidr);
  for (const { rules } of await reader.all('security-group')) {
    checkRules(rules, (id) =>
      id === list.prefixListId ? list.maxEntries : (lists.get(id)?.maxEntries ?? 0),
    );
  }
}

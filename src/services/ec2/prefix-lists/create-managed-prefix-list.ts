/** CreateManagedPrefixList: a named list of IPv4 ranges, for rules and routes. */
import {
  CreateManagedPrefixList$,
  type CreateManagedPrefixListRequest,
  type CreateManagedPrefixListResult,
} from '@aws-sdk/client-ec2';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { PrefixListRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, missingParameter, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { tagsFor } from '../tags.ts';
import { checkEntryCount, checkedMaxEntries, withEntries } from './entries.ts';
import { prefixListView } from './prefix-list-view.ts';
import { ownPrefixList } from './prefix-lists.ts';

const LONGEST_NAME = 255;

export function createManagedPrefixListOperation({ network, ids, clock }: Ec2Parts) {
  return operation(
    CreateManagedPrefixList$,
    (
      input: CreateManagedPrefixListRequest,
      { scope }: RequestContext,
    ): Promise<CreateManagedPrefixListResult> => {
      checkFamily(input.AddressFamily);
      const maxEntries = checkedMaxEntries(input.MaxEntries ?? 0);
      const entries = withEntries([], input.Entries ?? []);
      checkEntryCount(entries, maxEntries);
      const record: PrefixListRecord = {
        prefixListId: ec2Id('pl', (length) => ids.hex(length)),
        name: checkedListName(input.PrefixListName ?? ''),
        ...{ maxEntries, version: 1, entries },
        tags: tagsFor('prefix-list', input.TagSpecifications),
        createdAt: clock.now(),
      };
      return network.change(scope, (reader) =>
        Promise.resolve({
          answer: { PrefixList: prefixListView(ownPrefixList(record, scope), 'create-in-progress') },
          writes: [reader.put('prefix-list', record.prefixListId, record)],
        }),
      );
    },
  );
}

function checkFamily(family: string | undefined): void {
  if (family === undefined || family === '') throw missingParameter('AddressFamily');
  if (family === 'IPv6')
    throw unsupported("Prefix lists of IPv6 are not supported: Neargate's networks have no IPv6.");
  if (family !== 'IPv4')
    throw invalidParameterValue(`Invalid AddressFamily '${family}'. Valid values are IPv4 and IPv6.`);
}

/** Throws MissingParameter, InvalidParameterValue. */
export function checkedListName(name: string): string {
  if (name === '') throw missingParameter('PrefixListName');
  if (name.length > LONGEST_NAME || /^com\.amazonaws/i.test(name)) {
    throw invalidParameterValue(`The prefix list name '${name}' is invalid.`);
  }
  return name;
}

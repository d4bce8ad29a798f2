/** A prefix list as the API shows it, and what filters look at. */
import type { ManagedPrefixList, PrefixListState } from '@aws-sdk/client-ec2';
import type { FilterFields } from '../filters.ts';
import { tagsView } from '../tags.ts';
import { AWS_OWNER, type PrefixList } from './prefix-lists.ts';

/** `state` is that of the last change, which is complete when it is answered. */
export function prefixListView(list: PrefixList, state?: PrefixListState): ManagedPrefixList {
  const own = list.ownerId !== AWS_OWNER;
  const lastChange = list.version === 1 ? 'create-complete' : 'modify-complete';
  return {
    PrefixListId: list.prefixListId,
    PrefixListName: list.name,
    PrefixListArn: list.arn,
    OwnerId: list.ownerId,
    AddressFamily: 'IPv4',
    State: state ?? (own ? lastChange : 'create-complete'),
    ...(own ? { MaxEntries: list.maxEntries, Version: list.version } : {}),
    Tags: tagsView(list.tags),
  };
}

export const PREFIX_LIST_FILTERS: FilterFields<PrefixList> = {
  'owner-id': ({ ownerId }) => ownerId,
  'prefix-list-id': ({ prefixListId }) => prefixListId,
  'prefix-list-name': ({ name }) => name,
};

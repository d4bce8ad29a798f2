/** The operations on prefix lists. */
import { createManagedPrefixListOperation } from './create-managed-prefix-list.ts';
import { deleteManagedPrefixListOperation } from './delete-managed-prefix-list.ts';
import {
  describeManagedPrefixListsOperation,
  describePrefixListsOperation,
} from './describe-prefix-lists.ts';
import { getManagedPrefixListEntriesOperation } from './get-managed-prefix-list-entries.ts';
import { modifyManagedPrefixListOperation } from './modify-managed-prefix-list.ts';

export const PREFIX_LIST_OPERATIONS = [
  describePrefixListsOperation,
  describeManagedPrefixListsOperation,
  getManagedPrefixListEntriesOperation,
  createManagedPrefixListOperation,
  modifyManagedPrefixListOperation,
  deleteManagedPrefixListOperation,
] as const;

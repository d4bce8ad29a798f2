/** Entries of a prefix list of the account's own: IPv4 ranges, each once, as many as the list may have. */
import type { AddPrefixListEntry } from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { parseCidr } from '../../../domain/network/cidr.ts';
import type { PrefixListRecord } from '../../../domain/network/records.ts';
import { invalidParameterValue } from '../errors.ts';

type Entries = PrefixListRecord['entries'];

const MOST_ENTRIES = 1000;

export function checkedMaxEntries(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_ENTRIES) return count;
  throw invalidParameterValue(
    `Value (${count}) for parameter MaxEntries is invalid. It must be between 1 and ${MOST_ENTRIES}.`,
  );
}

/** The entries with others added. Throws InvalidParameterValue; one that is there gets the new description. */
export function withEntries(present: Entries, added: readonly AddPrefixListEntry[]): Entries {
  const result = new Map(present.map((entry) => [entry.cidr, entry]));
  const seen = new Set<string>();
  for (const { Cidr: cidr = '', Description: description } of added) {
    if (parseCidr(cidr) === undefined) throw invalidParameterValue(`The CIDR '${cidr}' is invalid.`);
    if (seen.has(cidr)) throw invalidParameterValue(`The CIDR '${cidr}' is specified more than once.`);
    seen.add(cidr);
    result.set(cidr, { cidr, ...(description === undefined ? {} : { description }) });
  }
  return [...result.values()];
}

/** The entries without some. Throws InvalidParameterValue for one that is not there. */
export function withoutEntries(present: Entries, removed: readonly string[]): Entries {
  for (const cidr of removed) {
    if (present.some((entry) => entry.cidr === cidr)) continue;
    throw invalidParameterValue(`The CIDR '${cidr}' is not an entry of the prefix list.`);
  }
  return present.filter(({ cidr }) => !removed.includes(cidr));
}

/** Throws PrefixListMaxEntriesExceeded. */
export function checkEntryCount(entries: Entries, maxEntries: number): void {
  if (entries.length <= maxEntries) return;
  throw new ApiError(
    'PrefixListMaxEntriesExceeded',
    "You've reached the maximum number of entries for the prefix list.",
  );
}

/** Prefix lists of both kinds in one form: those of AWS are derived from the settings, the account's own are records. */
import { formatArn, type Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { awsPrefixLists } from '../../../domain/network/aws-prefix-lists.ts';
import type { PrefixListRecord, Tags } from '../../../domain/network/records.ts';
import { checkId, notFound } from '../errors.ts';
import type { NetworkReader } from '../network.ts';

export interface PrefixList {
  readonly prefixListId: string;
  readonly name: string;
  /** `AWS`, or the account. */
  readonly ownerId: string;
  readonly arn: string;
  /** For how many rules the list counts. */
  readonly maxEntries: number;
  /** Of a list of the account's own. */
  readonly version?: number;
  readonly entries: PrefixListRecord['entries'];
  readonly tags: Tags;
}

export const AWS_OWNER = 'AWS';

/** All that the scope may name, by id. */
export async function prefixListsOf(
  reader: NetworkReader,
  serviceCidr: string,
): Promise<ReadonlyMap<string, PrefixList>> {
  const own = (await reader.all('prefix-list')).map((record) => ownPrefixList(record, reader.scope));
  const lists = [...awsLists(reader.scope, serviceCidr), ...own];
  return new Map(lists.map((list) => [list.prefixListId, list]));
}

export function awsLists(scope: Scope, serviceCidr: string): readonly PrefixList[] {
  return awsPrefixLists(scope.region, serviceCidr).map(({ prefixListId, name, cidrs }) => ({
    ...{ prefixListId, name, ownerId: AWS_OWNER, tags: {} },
    arn: formatArn('ec2', { ...scope, account: 'aws' }, `prefix-list/${prefixListId}`),
    maxEntries: cidrs.length,
    entries: cidrs.map((cidr) => ({ cidr })),
  }));
}

export function ownPrefixList(record: PrefixListRecord, scope: Scope): PrefixList {
  const { prefixListId, name, maxEntries, version, entries, tags } = record;
  const arn = formatArn('ec2', scope, `prefix-list/${prefixListId}`);
  return { prefixListId, name, ownerId: scope.account, arn, maxEntries, version, entries, tags };
}

/** Throws InvalidPrefixListID.Malformed and .NotFound. */
export function requireList(lists: ReadonlyMap<string, PrefixList>, prefixListId: string): PrefixList {
  checkId('prefix-list', prefixListId);
  const list = lists.get(prefixListId);
  if (list === undefined) throw notFound('prefix-list', prefixListId);
  return list;
}

/** One of the account's own, which it may change. Throws as `requireList`, or OperationNotPermitted. */
export async function requireOwnList(
  reader: NetworkReader,
  prefixListId: string,
  serviceCidr: string,
): Promise<PrefixListRecord> {
  if (awsLists(reader.scope, serviceCidr).some((list) => list.prefixListId === prefixListId)) {
    throw new ApiError(
      'OperationNotPermitted',
      `The prefix list '${prefixListId}' is managed by AWS and cannot be changed.`,
    );
  }
  return reader.require('prefix-list', prefixListId);
}

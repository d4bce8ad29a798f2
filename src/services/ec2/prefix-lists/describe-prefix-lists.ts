/** DescribePrefixLists (those of AWS) and DescribeManagedPrefixLists (all). */
import {
  DescribeManagedPrefixLists$,
  type DescribeManagedPrefixListsRequest,
  type DescribeManagedPrefixListsResult,
  DescribePrefixLists$,
  type DescribePrefixListsRequest,
  type DescribePrefixListsResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { type DescribeInput } from '../describe.ts';
import { filtered } from '../filters.ts';
import { pageOf } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';
import { PREFIX_LIST_FILTERS, prefixListView } from './prefix-list-view.ts';
import { awsLists, type PrefixList, prefixListsOf, requireList } from './prefix-lists.ts';

export function describePrefixListsOperation({ serviceCidr }: Ec2Parts) {
  return operation(
    DescribePrefixLists$,
    // Answers at once: the lists are no records.
    async (
      input: DescribePrefixListsRequest,
      { scope }: RequestContext,
    ): Promise<DescribePrefixListsResult> => {
      const lists = new Map(awsLists(scope, serviceCidr).map((list) => [list.prefixListId, list]));
      const { items, nextToken } = asked('DescribePrefixLists', lists, input.PrefixListIds, input);
      return {
        PrefixLists: items.map(({ prefixListId, name, entries }) => ({
          PrefixListId: prefixListId,
          PrefixListName: name,
          Cidrs: entries.map(({ cidr }) => cidr),
        })),
        NextToken: nextToken,
      };
    },
  );
}

export function describeManagedPrefixListsOperation({ network, serviceCidr }: Ec2Parts) {
  return operation(
    DescribeManagedPrefixLists$,
    async (
      input: DescribeManagedPrefixListsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeManagedPrefixListsResult> => {
      const lists = await prefixListsOf(network.read(scope), serviceCidr);
      const { items, nextToken } = asked('DescribeManagedPrefixLists', lists, input.PrefixListIds, input);
      return { PrefixLists: items.map((list) => prefixListView(list)), NextToken: nextToken };
    },
  );
}

function asked(
  question: string,
  lists: ReadonlyMap<string, PrefixList>,
  ids: readonly string[] = [],
  input: DescribeInput,
) {
  const named = ids.length === 0 ? [...lists.values()] : ids.map((id) => requireList(lists, id));
  const fitting = filtered([...new Set(named)], input.Filters, PREFIX_LIST_FILTERS);
  return pageOf(fitting, ({ prefixListId }) => prefixListId, input, {
    question: [question, ids, input.Filters ?? []],
    min: 1,
  });
}

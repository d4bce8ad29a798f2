/** DescribeDhcpOptions: the one set that all VPCs of an account in a region have. It cannot be changed. */
import {
  DescribeDhcpOptions$,
  type DescribeDhcpOptionsRequest,
  type DescribeDhcpOptionsResult,
  type DhcpOptions,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { dnsDomain } from '../../../domain/network/names/dns-names.ts';
import { dhcpOptionsId } from '../../../domain/network/new-vpc.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { sha256 } from '../default-network.ts';
import { type FilterFields, filtered } from '../filters.ts';
import { pageOf } from '../page.ts';

interface OptionSet {
  readonly id: string;
  readonly options: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export function describeDhcpOptionsOperation() {
  return operation(
    DescribeDhcpOptions$,
    // Answers at once: the set is no record.
    async (
      input: DescribeDhcpOptionsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeDhcpOptionsResult> => {
      const { DhcpOptionsIds: ids = [] } = input;
      const set = optionSet(scope);
      const unknown = ids.filter((id) => id !== set.id);
      if (unknown.length > 0) {
        throw new ApiError(
          'InvalidDhcpOptionID.NotFound',
          `The dhcpOption ID '${unknown.join(', ')}' does not exist`,
        );
      }
      const { items, nextToken } = pageOf(
        filtered([set], input.Filters, filters(scope)),
        ({ id }) => id,
        input,
        {
          question: ['DescribeDhcpOptions', ids, input.Filters ?? []],
        },
      );
      return { DhcpOptions: items.map((item) => optionSetView(item, scope)), NextToken: nextToken };
    },
  );
}

function optionSet(scope: Scope): OptionSet {
  return {
    id: dhcpOptionsId(scope, sha256),
    options: { 'domain-name': dnsDomain(scope.region), 'domain-name-servers': 'AmazonProvidedDNS' },
    tags: {},
  };
}

function optionSetView({ id, options }: OptionSet, { account }: Scope): DhcpOptions {
  return {
    DhcpOptionsId: id,
    OwnerId: account,
    DhcpConfigurations: Object.entries(options).map(([Key, Value]) => ({ Key, Values: [{ Value }] })),
    Tags: [],
  };
}

function filters({ account }: Scope): FilterFields<OptionSet> {
  return {
    'dhcp-options-id': ({ id }) => id,
    key: ({ options }) => Object.keys(options),
    value: ({ options }) => Object.values(options),
    'owner-id': () => account,
  };
}

/** DescribeAddresses: by allocation, by address, by filters; all at once. */
import {
  DescribeAddresses$,
  type DescribeAddressesRequest,
  type DescribeAddressesResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { filtered } from '../filters.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { addressFilters, addressView } from './address-view.ts';
import { addressNotFound } from './public-pool.ts';

export function describeAddressesOperation({ network }: Ec2Parts) {
  return operation(
    DescribeAddresses$,
    async (input: DescribeAddressesRequest, { scope }: RequestContext): Promise<DescribeAddressesResult> => {
      const reader = network.read(scope);
      const interfaces = new Map(
        (await reader.all('eni')).map(({ eniId, privateIpv4Address }) => [eniId, privateIpv4Address]),
      );
      const privateAddress = (eniId: string): string | undefined => interfaces.get(eniId);
      const named = await namedAddresses(reader, input);
      const fitting = filtered(named, input.Filters, addressFilters(scope, privateAddress));
      return { Addresses: fitting.map((address) => addressView(address, scope, privateAddress)) };
    },
  );
}

async function namedAddresses(reader: NetworkReader, input: DescribeAddressesRequest) {
  const { AllocationIds: ids = [], PublicIps: addresses = [] } = input;
  const all = ids.length > 0 ? await reader.requireAll('elastic-ip', ids) : await reader.all('elastic-ip');
  const missing = addresses.filter(
    (address) => !all.some(({ publicIpv4Address }) => publicIpv4Address === address),
  );
  if (missing.length > 0) throw addressNotFound(...missing);
  return addresses.length === 0
    ? all
    : all.filter(({ publicIpv4Address }) => addresses.includes(publicIpv4Address));
}

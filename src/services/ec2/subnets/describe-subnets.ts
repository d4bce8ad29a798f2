/** DescribeSubnets, with the addresses that each has left. */
import {
  DescribeSubnets$,
  type DescribeSubnetsRequest,
  type DescribeSubnetsResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { freeAddresses, subnetFilters, subnetView } from './subnet-view.ts';

export function describeSubnetsOperation({ network }: Ec2Parts) {
  return operation(
    DescribeSubnets$,
    async (input: DescribeSubnetsRequest, { scope }: RequestContext): Promise<DescribeSubnetsResult> => {
      const reader = network.read(scope);
      const free = await freeAddresses(reader);
      const { records, nextToken } = await describe(reader, 'subnet', input, {
        ids: input.SubnetIds,
        idsParameter: 'subnetIds',
        fields: subnetFilters(scope, free),
        idOf: ({ subnetId }) => subnetId,
      });
      return { Subnets: records.map((subnet) => subnetView(subnet, scope, free)), NextToken: nextToken };
    },
  );
}

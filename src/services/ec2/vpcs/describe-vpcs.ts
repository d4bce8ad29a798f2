/** DescribeVpcs. */
import { DescribeVpcs$, type DescribeVpcsRequest, type DescribeVpcsResult } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { vpcFilters, vpcView } from './vpc-view.ts';

export function describeVpcsOperation({ network }: Ec2Parts) {
  return operation(
    DescribeVpcs$,
    async (input: DescribeVpcsRequest, { scope }: RequestContext): Promise<DescribeVpcsResult> => {
      const { records, nextToken } = await describe(network.read(scope), 'vpc', input, {
        ids: input.VpcIds,
        idsParameter: 'vpcIds',
        fields: vpcFilters(scope),
        idOf: ({ vpcId }) => vpcId,
      });
      return { Vpcs: records.map((vpc) => vpcView(vpc, scope)), NextToken: nextToken };
    },
  );
}

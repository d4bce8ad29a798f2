/** DescribeVpcEndpoints. */
import {
  DescribeVpcEndpoints$,
  type DescribeVpcEndpointsRequest,
  type DescribeVpcEndpointsResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import { withinMax } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';
import { endpointFilters, endpointSurroundings, endpointView } from './endpoint-view.ts';

export function describeVpcEndpointsOperation({ network, dnsSuffix }: Ec2Parts) {
  return operation(
    DescribeVpcEndpoints$,
    async (
      input: DescribeVpcEndpointsRequest,
      { scope }: RequestContext,
    ): Promise<DescribeVpcEndpointsResult> => {
      const reader = network.read(scope);
      const { records, nextToken } = await describe(reader, 'endpoint', withinMax(input), {
        ids: input.VpcEndpointIds,
        fields: endpointFilters(scope),
        idOf: ({ endpointId }) => endpointId,
        min: 1,
      });
      const around = await endpointSurroundings(reader, dnsSuffix);
      return { VpcEndpoints: records.map((each) => endpointView(each, around)), NextToken: nextToken };
    },
  );
}

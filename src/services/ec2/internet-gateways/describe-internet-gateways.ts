/** DescribeInternetGateways. */
import {
  DescribeInternetGateways$,
  type DescribeInternetGatewaysRequest,
  type DescribeInternetGatewaysResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { internetGatewayFilters, internetGatewayView } from './internet-gateway-view.ts';

export function describeInternetGatewaysOperation({ network }: Ec2Parts) {
  return operation(
    DescribeInternetGateways$,
    async (
      input: DescribeInternetGatewaysRequest,
      { scope }: RequestContext,
    ): Promise<DescribeInternetGatewaysResult> => {
      const { records, nextToken } = await describe(network.read(scope), 'internet-gateway', input, {
        ids: input.InternetGatewayIds,
        idsParameter: 'internetGatewayIds',
        fields: internetGatewayFilters(scope),
        idOf: ({ internetGatewayId }) => internetGatewayId,
      });
      return {
        InternetGateways: records.map((gateway) => internetGatewayView(gateway, scope)),
        NextToken: nextToken,
      };
    },
  );
}

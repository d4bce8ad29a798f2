/** DescribeNatGateways. */
import {
  DescribeNatGateways$,
  type DescribeNatGatewaysRequest,
  type DescribeNatGatewaysResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describeRecords } from '../describe.ts';
import { notFound } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { gatewayAddresses, isForgotten, NAT_GATEWAY_FILTERS, natGatewayView } from './nat-gateway-view.ts';

export function describeNatGatewaysOperation({ network, clock }: Ec2Parts) {
  return operation(
    DescribeNatGateways$,
    async (
      input: DescribeNatGatewaysRequest,
      { scope }: RequestContext,
    ): Promise<DescribeNatGatewaysResult> => {
      const reader = network.read(scope);
      const { NatGatewayIds: ids = [], Filter: Filters, MaxResults, NextToken } = input;
      const named =
        ids.length > 0 ? await reader.requireAll('nat-gateway', ids) : await reader.all('nat-gateway');
      const shown = named.filter((gateway) => !isForgotten(gateway, clock.now()));
      const forgotten = named.filter((gateway) => !shown.includes(gateway));
      if (ids.length > 0 && forgotten.length > 0) {
        throw notFound('nat-gateway', ...forgotten.map(({ natGatewayId }) => natGatewayId));
      }
      const page = { Filters, MaxResults, NextToken };
      const { records, nextToken } = describeRecords(shown, 'nat-gateway', page, {
        ids,
        fields: NAT_GATEWAY_FILTERS,
        idOf: ({ natGatewayId }) => natGatewayId,
      });
      const addressOf = await gatewayAddresses(reader);
      return {
        NatGateways: records.map((gateway) => natGatewayView(gateway, addressOf)),
        NextToken: nextToken,
      };
    },
  );
}

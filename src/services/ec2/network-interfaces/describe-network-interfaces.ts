/** DescribeNetworkInterfaces: those of tasks, endpoints, NAT gateways. */
import {
  DescribeNetworkInterfaces$,
  type DescribeNetworkInterfacesRequest,
  type DescribeNetworkInterfacesResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import type { Ec2Parts } from '../parts.ts';
import { interfaceFilters } from './interface-filters.ts';
import { interfaceSurroundings } from './interface-surroundings.ts';
import { networkInterfaceView } from './network-interface-view.ts';

export function describeNetworkInterfacesOperation({ network, dnsSuffix }: Ec2Parts) {
  return operation(
    DescribeNetworkInterfaces$,
    async (
      input: DescribeNetworkInterfacesRequest,
      { scope }: RequestContext,
    ): Promise<DescribeNetworkInterfacesResult> => {
      const reader = network.read(scope);
      const around = await interfaceSurroundings(reader, dnsSuffix);
      const { records, nextToken } = await describe(reader, 'eni', input, {
        ids: input.NetworkInterfaceIds,
        idsParameter: 'networkInterfaceIds',
        fields: interfaceFilters(around),
        idOf: ({ eniId }) => eniId,
      });
      return {
        NetworkInterfaces: records.map((eni) => networkInterfaceView(eni, around)),
        NextToken: nextToken,
      };
    },
  );
}

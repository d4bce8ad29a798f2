/** DescribeAddressesAttribute: addresses without a name of their own in reverse DNS, which Neargate does not give. */
import {
  DescribeAddressesAttribute$,
  type DescribeAddressesAttributeRequest,
  type DescribeAddressesAttributeResult,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { describe } from '../describe.ts';
import { invalidParameterValue } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function describeAddressesAttributeOperation({ network }: Ec2Parts) {
  return operation(
    DescribeAddressesAttribute$,
    async (
      { Attribute: attribute, AllocationIds: ids, MaxResults, NextToken }: DescribeAddressesAttributeRequest,
      { scope }: RequestContext,
    ): Promise<DescribeAddressesAttributeResult> => {
      if (attribute !== undefined && attribute !== 'domain-name') {
        throw invalidParameterValue(`Value (${String(attribute)}) for parameter attribute is invalid.`);
      }
      const page = { MaxResults, NextToken };
      const { records, nextToken } = await describe(network.read(scope), 'elastic-ip', page, {
        ids,
        fields: {},
        idOf: ({ allocationId }) => allocationId,
        min: 1,
      });
      return {
        Addresses: records.map(({ allocationId, publicIpv4Address }) => ({
          AllocationId: allocationId,
          PublicIp: publicIpv4Address,
        })),
        NextToken: nextToken,
      };
    },
  );
}

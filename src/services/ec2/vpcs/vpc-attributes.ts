/** DescribeVpcAttribute and ModifyVpcAttribute: whether a VPC has a resolver and gives names. */
import {
  DescribeVpcAttribute$,
  type DescribeVpcAttributeRequest,
  type DescribeVpcAttributeResult,
  ModifyVpcAttribute$,
  type ModifyVpcAttributeRequest,
  type VpcAttributeName,
} from '@aws-sdk/client-ec2';
import type { VpcRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import {
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  unsupported,
} from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

const SHOWN: Readonly<
  Record<VpcAttributeName, (vpc: VpcRecord) => Omit<DescribeVpcAttributeResult, 'VpcId'>>
> = {
  enableDnsSupport: (vpc) => ({ EnableDnsSupport: { Value: vpc.enableDnsSupport } }),
  enableDnsHostnames: (vpc) => ({ EnableDnsHostnames: { Value: vpc.enableDnsHostnames } }),
  enableNetworkAddressUsageMetrics: () => ({ EnableNetworkAddressUsageMetrics: { Value: false } }),
};

export function describeVpcAttributeOperation({ network }: Ec2Parts) {
  return operation(
    DescribeVpcAttribute$,
    async (
      { VpcId = '', Attribute: attribute }: DescribeVpcAttributeRequest,
      { scope }: RequestContext,
    ): Promise<DescribeVpcAttributeResult> => {
      const vpc = await network.read(scope).require('vpc', VpcId);
      if (attribute === undefined || !Object.hasOwn(SHOWN, attribute)) {
        throw invalidParameterValue(
          `Value (${String(attribute)}) for parameter attribute is invalid. Unknown attribute.`,
        );
      }
      return { VpcId, ...SHOWN[attribute](vpc) };
    },
  );
}

export function modifyVpcAttributeOperation({ network }: Ec2Parts) {
  return operation(
    ModifyVpcAttribute$,
    (input: ModifyVpcAttributeRequest, { scope }: RequestContext): Promise<void> => {
      const { VpcId = '' } = input;
      const enableDnsSupport = input.EnableDnsSupport?.Value;
      const enableDnsHostnames = input.EnableDnsHostnames?.Value;
      const metrics = input.EnableNetworkAddressUsageMetrics?.Value;
      const named = Object.entries({ enableDnsHostnames, enableDnsSupport, metrics })
        .filter(([, value]) => value !== undefined)
        .map(([name]) => name);
      if (named.length === 0) throw missingParameter('attribute');
      if (named.length > 1) {
        throw invalidParameterCombination(
          `Fields for multiple attribute types specified: ${named.join(', ')}`,
        );
      }
      if (metrics === true) throw unsupported('Metrics of network address usage are not supported.');
      return network.change(scope, async (reader) => {
        const vpc = await reader.require('vpc', VpcId);
        const next = {
          ...vpc,
          ...(enableDnsSupport === undefined ? {} : { enableDnsSupport }),
          ...(enableDnsHostnames === undefined ? {} : { enableDnsHostnames }),
        };
        return { answer: undefined, writes: [reader.put('vpc', VpcId, next)] };
      });
    },
  );
}

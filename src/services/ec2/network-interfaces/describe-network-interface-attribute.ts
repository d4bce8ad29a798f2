/** DescribeNetworkInterfaceAttribute: one attribute of one interface. */
import {
  DescribeNetworkInterfaceAttribute$,
  type DescribeNetworkInterfaceAttributeRequest,
  type DescribeNetworkInterfaceAttributeResult,
  type NetworkInterface,
  type NetworkInterfaceAttribute,
} from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, missingParameter } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { interfaceSurroundings } from './interface-surroundings.ts';
import { networkInterfaceView } from './network-interface-view.ts';

const ATTRIBUTES: Readonly<
  Record<NetworkInterfaceAttribute, (view: NetworkInterface) => DescribeNetworkInterfaceAttributeResult>
> = {
  associatePublicIpAddress: ({ Association }) => ({ AssociatePublicIpAddress: Association !== undefined }),
  attachment: ({ Attachment }) => ({ Attachment }),
  description: ({ Description }) => ({ Description: { Value: Description } }),
  groupSet: ({ Groups }) => ({ Groups }),
  sourceDestCheck: ({ SourceDestCheck }) => ({ SourceDestCheck: { Value: SourceDestCheck } }),
};

export function describeNetworkInterfaceAttributeOperation({ network, dnsSuffix }: Ec2Parts) {
  return operation(
    DescribeNetworkInterfaceAttribute$,
    async (
      { NetworkInterfaceId: id, Attribute: name }: DescribeNetworkInterfaceAttributeRequest,
      { scope }: RequestContext,
    ): Promise<DescribeNetworkInterfaceAttributeResult> => {
      if (id === undefined) throw missingParameter('networkInterfaceId');
      if (name === undefined) throw missingParameter('attribute');
      if (!Object.hasOwn(ATTRIBUTES, name)) {
        throw invalidParameterValue(`Value (${name}) for parameter attribute is invalid. Unknown attribute.`);
      }
      const reader = network.read(scope);
      const eni = await reader.require('eni', id);
      const view = networkInterfaceView(eni, await interfaceSurroundings(reader, dnsSuffix));
      return { NetworkInterfaceId: id, ...ATTRIBUTES[name](view) };
    },
  );
}

/** ModifySubnetAttribute: whether interfaces get public addresses by themselves. */
import { ModifySubnetAttribute$, type ModifySubnetAttributeRequest } from '@aws-sdk/client-ec2';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterCombination, missingParameter, refuseIpv6, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';

export function modifySubnetAttributeOperation({ network }: Ec2Parts) {
  return operation(
    ModifySubnetAttribute$,
    (input: ModifySubnetAttributeRequest, { scope }: RequestContext): Promise<void> => {
      const { SubnetId = '' } = input;
      const mapPublicIpOnLaunch = checkedAttribute(input);
      return network.change(scope, async (reader) => {
        const subnet = await reader.require('subnet', SubnetId);
        const next = { ...subnet, mapPublicIpOnLaunch: mapPublicIpOnLaunch ?? subnet.mapPublicIpOnLaunch };
        return { answer: undefined, writes: [reader.put('subnet', SubnetId, next)] };
      });
    },
  );
}

/** The value of the only attribute that there is; undefined when another is set to what it is anyway. */
function checkedAttribute(input: ModifySubnetAttributeRequest): boolean | undefined {
  const { SubnetId: _id, ...attributes } = input;
  const named = Object.entries(attributes).filter(([, value]) => value !== undefined);
  if (named.length === 0) throw missingParameter('attribute');
  if (named.length > 1) {
    throw invalidParameterCombination(
      `Fields for multiple attribute types specified: ${named.map(([name]) => name).join(', ')}`,
    );
  }
  const { MapPublicIpOnLaunch, AssignIpv6AddressOnCreation, EnableDns64, ...others } = attributes;
  refuseIpv6({
    AssignIpv6AddressOnCreation: AssignIpv6AddressOnCreation?.Value,
    EnableDns64: EnableDns64?.Value,
  });
  if (MapPublicIpOnLaunch !== undefined) return MapPublicIpOnLaunch.Value ?? false;
  for (const [name, value] of Object.entries(others)) {
    const isDefault =
      value === undefined || value === 'ip-name' || (typeof value === 'object' && value.Value !== true);
    if (!isDefault) throw unsupported(`The attribute ${name} is not supported.`);
  }
  return undefined;
}

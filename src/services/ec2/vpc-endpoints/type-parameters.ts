/** Which parameters of a request go with which type of endpoint. */
import type { VpcEndpointRecord } from '../../../domain/network/records.ts';
import { invalidParameter, unsupported } from '../errors.ts';

const OF_GATEWAYS = ['RouteTableIds', 'AddRouteTableIds', 'RemoveRouteTableIds'];
const SUBNETS = ['SubnetIds', 'SubnetConfigurations', 'AddSubnetIds', 'RemoveSubnetIds'];
const GROUPS = ['SecurityGroupIds', 'AddSecurityGroupIds', 'RemoveSecurityGroupIds'];

interface TypedInput {
  readonly IpAddressType?: string | undefined;
  readonly PrivateDnsEnabled?: boolean | undefined;
}

/** Throws InvalidParameter for what belongs to the other type, UnsupportedOperation for IPv6. */
export function refuseOtherType(type: VpcEndpointRecord['type'], input: TypedInput): void {
  const { IpAddressType: family = 'ipv4' } = input;
  if (family !== 'ipv4') {
    throw unsupported(`Endpoints of the type ${family} are not supported: there is no IPv6.`);
  }
  const members = new Map<string, unknown>(Object.entries(input));
  const has = (names: readonly string[]): boolean => names.some((name) => isGiven(members.get(name)));
  if (type === 'interface') {
    if (has(OF_GATEWAYS)) {
      throw invalidParameter('Route table IDs are only supported for Gateway type VPC Endpoint.');
    }
    return;
  }
  if (has(SUBNETS)) {
    throw invalidParameter(
      'Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.',
    );
  }
  if (has(GROUPS)) {
    throw invalidParameter('Security Group IDs are only supported for Interface type VPC Endpoints.');
  }
  if (input.PrivateDnsEnabled === true) {
    throw invalidParameter('Private DNS is only supported for Interface type VPC Endpoints.');
  }
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

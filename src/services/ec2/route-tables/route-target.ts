/** What a route leads to, as requests name it: an internet gateway or a NAT gateway. */
import { ApiError } from '../../../domain/errors.ts';
import type { RouteTableRecord } from '../../../domain/network/records.ts';
import {
  checkId,
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  unsupported,
} from '../errors.ts';
import type { NetworkReader } from '../network.ts';

export interface AskedTarget {
  readonly GatewayId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly CarrierGatewayId?: string | undefined;
  readonly CoreNetworkArn?: string | undefined;
  readonly EgressOnlyInternetGatewayId?: string | undefined;
  readonly InstanceId?: string | undefined;
  readonly LocalGatewayId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly OdbNetworkArn?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly VpcEndpointId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
}

/** The target's id. Throws for none, for several, and for those that Neargate does not have. */
export function askedTarget(asked: AskedTarget): string {
  const named = Object.entries({
    GatewayId: asked.GatewayId,
    NatGatewayId: asked.NatGatewayId,
    CarrierGatewayId: asked.CarrierGatewayId,
    CoreNetworkArn: asked.CoreNetworkArn,
    EgressOnlyInternetGatewayId: asked.EgressOnlyInternetGatewayId,
    InstanceId: asked.InstanceId,
    LocalGatewayId: asked.LocalGatewayId,
    NetworkInterfaceId: asked.NetworkInterfaceId,
    OdbNetworkArn: asked.OdbNetworkArn,
    TransitGatewayId: asked.TransitGatewayId,
    VpcEndpointId: asked.VpcEndpointId,
    VpcPeeringConnectionId: asked.VpcPeeringConnectionId,
  }).filter(([, id]) => id !== undefined);
  const [first, ...more] = named;
  if (first === undefined) throw missingParameter('GatewayId');
  if (more.length > 0) {
    throw invalidParameterCombination('Exactly one target of a route can be specified.');
  }
  const [parameter, id = ''] = first;
  if (parameter !== 'GatewayId' && parameter !== 'NatGatewayId') {
    throw unsupported(`Routes with ${parameter} are not supported.`);
  }
  if (parameter === 'NatGatewayId') checkId('nat-gateway', id);
  else if (!id.startsWith('igw-')) throw noSuchGateway(id);
  return id;
}

/** The target must be there and in the table's VPC. */
export async function checkTarget(
  reader: NetworkReader,
  targetId: string,
  { routeTableId, vpcId }: RouteTableRecord,
): Promise<void> {
  if (targetId.startsWith('nat-')) {
    const gateway = await reader.find('nat-gateway', targetId);
    if (gateway === undefined || gateway.state !== 'available') {
      throw new ApiError('InvalidNatGatewayID.NotFound', `The natGateway ID '${targetId}' does not exist`);
    }
    if (gateway.vpcId !== vpcId) throw differentNetworks(routeTableId, `NAT gateway ${targetId}`);
    return;
  }
  const gateway = await reader.find('internet-gateway', targetId);
  if (gateway === undefined) throw noSuchGateway(targetId);
  if (gateway.vpcId !== vpcId) throw differentNetworks(routeTableId, `network gateway ${targetId}`);
}

function noSuchGateway(id: string): ApiError {
  return new ApiError('InvalidGatewayID.NotFound', `The gateway ID '${id}' does not exist`);
}

function differentNetworks(routeTableId: string, target: string): ApiError {
  return invalidParameterValue(`route table ${routeTableId} and ${target} belong to different networks`);
}

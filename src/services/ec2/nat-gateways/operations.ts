/** The operations on NAT gateways. */
import { createNatGatewayOperation } from './create-nat-gateway.ts';
import { deleteNatGatewayOperation } from './delete-nat-gateway.ts';
import { describeNatGatewaysOperation } from './describe-nat-gateways.ts';

export const NAT_GATEWAY_OPERATIONS = [
  createNatGatewayOperation,
  deleteNatGatewayOperation,
  describeNatGatewaysOperation,
] as const;

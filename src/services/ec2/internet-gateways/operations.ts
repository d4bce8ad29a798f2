/** The operations on internet gateways. */
import { attachInternetGatewayOperation, detachInternetGatewayOperation } from './attach-internet-gateway.ts';
import { createInternetGatewayOperation } from './create-internet-gateway.ts';
import { deleteInternetGatewayOperation } from './delete-internet-gateway.ts';
import { describeInternetGatewaysOperation } from './describe-internet-gateways.ts';

export const INTERNET_GATEWAY_OPERATIONS = [
  createInternetGatewayOperation,
  attachInternetGatewayOperation,
  detachInternetGatewayOperation,
  deleteInternetGatewayOperation,
  describeInternetGatewaysOperation,
] as const;

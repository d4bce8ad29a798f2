/** The operations on VPC endpoints. */
import { createVpcEndpointOperation } from './create-vpc-endpoint.ts';
import { deleteVpcEndpointsOperation } from './delete-vpc-endpoints.ts';
import { describeVpcEndpointServicesOperation } from './describe-vpc-endpoint-services.ts';
import { describeVpcEndpointsOperation } from './describe-vpc-endpoints.ts';
import { modifyVpcEndpointOperation } from './modify-vpc-endpoint.ts';

export const VPC_ENDPOINT_OPERATIONS = [
  createVpcEndpointOperation,
  deleteVpcEndpointsOperation,
  describeVpcEndpointsOperation,
  describeVpcEndpointServicesOperation,
  modifyVpcEndpointOperation,
] as const;

/** The operations on VPCs. */
import { createDefaultVpcOperation } from './create-default-vpc.ts';
import { createVpcOperation } from './create-vpc.ts';
import { deleteVpcOperation } from './delete-vpc.ts';
import { describeVpcsOperation } from './describe-vpcs.ts';
import { describeVpcAttributeOperation, modifyVpcAttributeOperation } from './vpc-attributes.ts';

export const VPC_OPERATIONS = [
  createVpcOperation,
  createDefaultVpcOperation,
  deleteVpcOperation,
  describeVpcsOperation,
  describeVpcAttributeOperation,
  modifyVpcAttributeOperation,
] as const;

/** The operations on VPCs, and on what each has by default. */
import { createDefaultVpcOperation } from './create-default-vpc.ts';
import { createVpcOperation } from './create-vpc.ts';
import { deleteVpcOperation } from './delete-vpc.ts';
import { describeDhcpOptionsOperation } from './describe-dhcp-options.ts';
import { describeNetworkAclsOperation } from './describe-network-acls.ts';
import { describeVpcsOperation } from './describe-vpcs.ts';
import { describeVpcAttributeOperation, modifyVpcAttributeOperation } from './vpc-attributes.ts';

export const VPC_OPERATIONS = [
  createVpcOperation,
  createDefaultVpcOperation,
  deleteVpcOperation,
  describeVpcsOperation,
  describeVpcAttributeOperation,
  modifyVpcAttributeOperation,
  describeDhcpOptionsOperation,
  describeNetworkAclsOperation,
] as const;

/** The operations on subnets. */
import { createDefaultSubnetOperation } from './create-default-subnet.ts';
import { createSubnetOperation } from './create-subnet.ts';
import { deleteSubnetOperation } from './delete-subnet.ts';
import { describeSubnetsOperation } from './describe-subnets.ts';
import { modifySubnetAttributeOperation } from './modify-subnet-attribute.ts';

export const SUBNET_OPERATIONS = [
  createSubnetOperation,
  createDefaultSubnetOperation,
  deleteSubnetOperation,
  describeSubnetsOperation,
  modifySubnetAttributeOperation,
] as const;

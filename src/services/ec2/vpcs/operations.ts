/** The operations on VPCs. */
import { describeVpcsOperation } from './describe-vpcs.ts';

export const VPC_OPERATIONS = [describeVpcsOperation] as const;

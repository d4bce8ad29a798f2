/** What makes a range a subnet's: it lies in its VPC, has a subnet's size, and meets no other subnet. */
import { ApiError } from '../../../domain/errors.ts';
import { rangesMeet } from '../../../domain/network/asked-range.ts';
import { containsCidr, parseCidr } from '../../../domain/network/cidr.ts';
import type { SubnetRecord, VpcRecord } from '../../../domain/network/records.ts';

const LARGEST = 16;
const SMALLEST = 28;

/** Throws InvalidSubnet.Range, InvalidSubnet.Conflict. `subnets` are those of the VPC. */
export function checkSubnetRange(cidr: string, vpc: VpcRecord, subnets: readonly SubnetRecord[]): void {
  const bits = parseCidr(cidr)?.bits ?? 0;
  if (bits < LARGEST || bits > SMALLEST || !containsCidr(vpc.cidr, cidr)) {
    throw new ApiError('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`);
  }
  if (subnets.some((subnet) => rangesMeet(subnet.cidr, cidr))) {
    throw new ApiError('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
  }
}

/** CreateDefaultSubnet: a default subnet in a zone of the default VPC that has none (any more). */
import {
  CreateDefaultSubnet$,
  type CreateDefaultSubnetRequest,
  type CreateDefaultSubnetResult,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { rangesMeet } from '../../../domain/network/asked-range.ts';
import { nthSubnet, parseCidr } from '../../../domain/network/cidr.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { SubnetRecord, VpcRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { missingParameter, refuseIpv6 } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { askedZone } from './asked-zone.ts';
import { allFree } from './create-subnet.ts';
import { subnetView } from './subnet-view.ts';

/** A default VPC has room for sixteen default subnets. */
const BITS_DEEPER = 4;

export function createDefaultSubnetOperation({ network, ids, clock }: Ec2Parts) {
  return operation(
    CreateDefaultSubnet$,
    (input: CreateDefaultSubnetRequest, { scope }: RequestContext): Promise<CreateDefaultSubnetResult> => {
      refuseIpv6({ Ipv6Native: input.Ipv6Native });
      if (input.AvailabilityZone === undefined && input.AvailabilityZoneId === undefined) {
        throw missingParameter('AvailabilityZone');
      }
      const { zoneName: availabilityZone } = askedZone(scope.region, input);
      return network.change(scope, async (reader) => {
        const vpc = (await reader.all('vpc')).find(({ isDefault }) => isDefault);
        if (vpc === undefined) {
          throw new ApiError(
            'DefaultVpcDoesNotExist',
            'No default VPC exists for this account in this region.',
          );
        }
        const { vpcId } = vpc;
        const subnets = await reader.inVpc('subnet', vpcId);
        checkZone(availabilityZone, subnets);
        const subnetId = ec2Id('subnet', (length) => ids.hex(length));
        const subnet: SubnetRecord = {
          ...{ subnetId, vpcId, cidr: freeRange(vpc, subnets), availabilityZone },
          ...{ isDefault: true, mapPublicIpOnLaunch: true, createdAt: clock.now(), tags: {} },
        };
        return {
          answer: { Subnet: subnetView(subnet, scope, allFree) },
          writes: [reader.put('subnet', subnetId, subnet)],
        };
      });
    },
  );
}

function checkZone(zone: string, subnets: readonly SubnetRecord[]): void {
  const old = subnets.find(({ isDefault, availabilityZone }) => isDefault && availabilityZone === zone);
  if (old === undefined) return;
  throw new ApiError(
    'DefaultSubnetAlreadyExistsInAvailabilityZone',
    `'${old.subnetId}' is already the default subnet in ${zone}.`,
  );
}

function freeRange({ cidr }: VpcRecord, subnets: readonly SubnetRecord[]): string {
  const bits = (parseCidr(cidr)?.bits ?? 0) + BITS_DEEPER;
  for (let n = 0; n < 2 ** BITS_DEEPER; n += 1) {
    const range = nthSubnet(cidr, bits, n);
    if (!subnets.some((subnet) => rangesMeet(subnet.cidr, range))) return range;
  }
  throw new ApiError(
    'InsufficientFreeAddressesInSubnet',
    'The default VPC does not have enough free addresses for a default subnet.',
  );
}

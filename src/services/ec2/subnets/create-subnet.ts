/** CreateSubnet: a part of a VPC's range, in one zone. */
import { CreateSubnet$, type CreateSubnetRequest, type CreateSubnetResult } from '@aws-sdk/client-ec2';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import { subnetRange } from '../../../domain/network/free-address.ts';
import type { SubnetRecord } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { missingParameter, refuseIpv6, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { checkedRange } from '../ranges.ts';
import { tagsFor } from '../tags.ts';
import { askedZone } from './asked-zone.ts';
import { checkSubnetRange } from './new-subnet.ts';
import { subnetView } from './subnet-view.ts';

export function createSubnetOperation({ network, ids, clock }: Ec2Parts) {
  return operation(
    CreateSubnet$,
    (input: CreateSubnetRequest, { scope }: RequestContext): Promise<CreateSubnetResult> => {
      checkKind(input);
      const cidr = checkedRange('cidrBlock', input.CidrBlock ?? '');
      const tags = tagsFor('subnet', input.TagSpecifications);
      return network.change(scope, async (reader) => {
        const vpc = await reader.require('vpc', input.VpcId ?? '');
        const { vpcId } = vpc;
        const { zoneName: availabilityZone } = askedZone(scope.region, input);
        checkSubnetRange(cidr, vpc, await reader.inVpc('subnet', vpcId));
        const subnetId = ec2Id('subnet', (length) => ids.hex(length));
        const subnet: SubnetRecord = {
          ...{ subnetId, vpcId, cidr, availabilityZone, isDefault: false, mapPublicIpOnLaunch: false },
          ...{ createdAt: clock.now(), tags },
        };
        return {
          answer: { Subnet: subnetView(subnet, scope, allFree) },
          writes: [reader.put('subnet', subnetId, subnet)],
        };
      });
    },
  );
}

function checkKind(input: CreateSubnetRequest): void {
  const { Ipv6CidrBlock, Ipv6Native, Ipv6IpamPoolId, Ipv6NetmaskLength } = input;
  refuseIpv6({ Ipv6CidrBlock, Ipv6Native, Ipv6IpamPoolId, Ipv6NetmaskLength });
  if (input.OutpostArn !== undefined) throw unsupported('Outposts are not supported.');
  if (input.Ipv4IpamPoolId !== undefined) throw unsupported('IPAM pools are not supported.');
  if (input.CidrBlock === undefined || input.CidrBlock === '') throw missingParameter('CidrBlock');
}

/** Of a new subnet. */
export function allFree({ cidr }: SubnetRecord): number {
  const { first, last } = subnetRange(cidr);
  return last - first + 1;
}

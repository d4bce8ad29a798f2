/** CreateVpc: a VPC with its main route table and its default group. */
import { CreateVpc$, type CreateVpcRequest, type CreateVpcResult } from '@aws-sdk/client-ec2';
import { ApiError } from '../../../domain/errors.ts';
import { rangesMeet } from '../../../domain/network/asked-range.ts';
import { parseCidr } from '../../../domain/network/cidr.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import { dhcpOptionsId, newVpc } from '../../../domain/network/new-vpc.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { sha256, vpcWrites } from '../default-network.ts';
import { invalidParameterValue, missingParameter, refuseIpv6, unsupported } from '../errors.ts';
import type { Ec2Parts } from '../parts.ts';
import { checkedRange } from '../ranges.ts';
import { tagsFor } from '../tags.ts';
import { vpcView } from './vpc-view.ts';

const LARGEST = 16;
const SMALLEST = 28;
/** This host, loopback, link-local, multicast and what follows. */
const NEVER = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];

export function createVpcOperation(parts: Ec2Parts) {
  const { network, ids, clock, publicCidr, serviceCidr, uplinkCidr } = parts;
  return operation(
    CreateVpc$,
    (input: CreateVpcRequest, { scope }: RequestContext): Promise<CreateVpcResult> => {
      checkKind(input);
      const cidr = checkedRange('cidrBlock', input.CidrBlock ?? '');
      checkVpcRange(cidr, [publicCidr, serviceCidr, uplinkCidr]);
      const tags = tagsFor('vpc', input.TagSpecifications);
      return network.change(scope, (reader) => {
        const id = (prefix: string): string => ec2Id(prefix, (length) => ids.hex(length));
        const made = newVpc({ scope, cidr, now: clock.now(), id, tags }, dhcpOptionsId(scope, sha256));
        return Promise.resolve({
          answer: { Vpc: vpcView(made.vpc, scope, 'pending') },
          writes: vpcWrites(reader, made),
        });
      });
    },
  );
}

function checkKind(input: CreateVpcRequest): void {
  const { Ipv6Pool, Ipv6CidrBlock, Ipv6IpamPoolId, Ipv6NetmaskLength, AmazonProvidedIpv6CidrBlock } = input;
  refuseIpv6({ Ipv6Pool, Ipv6CidrBlock, Ipv6IpamPoolId, Ipv6NetmaskLength, AmazonProvidedIpv6CidrBlock });
  if (input.Ipv4IpamPoolId !== undefined) throw unsupported('IPAM pools are not supported.');
  if (input.VpcEncryptionControl !== undefined) throw unsupported('VPC encryption control is not supported.');
  if (input.CidrBlock === undefined || input.CidrBlock === '') {
    throw missingParameter('CidrBlock');
  }
  const tenancy = input.InstanceTenancy ?? 'default';
  if (tenancy === 'dedicated') throw unsupported('The tenancy dedicated is not supported.');
  if (tenancy !== 'default') {
    throw invalidParameterValue(`Value (${tenancy}) for parameter instanceTenancy is invalid.`);
  }
}

/** `taken` are ranges of this Neargate, which no VPC's own range may hide. */
function checkVpcRange(cidr: string, taken: readonly string[]): void {
  const bits = parseCidr(cidr)?.bits ?? 0;
  if (bits < LARGEST || bits > SMALLEST || NEVER.some((range) => rangesMeet(range, cidr))) {
    throw new ApiError('InvalidVpc.Range', `The CIDR '${cidr}' is invalid.`);
  }
  const clash = taken.find((range) => rangesMeet(range, cidr));
  if (clash === undefined) return;
  throw new ApiError(
    'InvalidVpc.Range',
    `The CIDR '${cidr}' is invalid: it overlaps with ${clash}, which Neargate needs itself.`,
  );
}

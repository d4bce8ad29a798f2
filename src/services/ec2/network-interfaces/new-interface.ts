/**
 * Interfaces that EC2 itself makes in a subnet, for endpoints and NAT gateways. The key of an address is its claim:
 * written only where there was none, it keeps tasks and other interfaces away.
 */
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { formatIpv4, usableHostRange } from '../../../domain/network/cidr.ts';
import { privateDnsName } from '../../../domain/network/names/dns-names.ts';
import { ec2Id } from '../../../domain/network/ec2-ids.ts';
import type { AddressRecord, EniRecord, SubnetRecord } from '../../../domain/network/records.ts';
import type { Condition, Write } from '../../../ports/store.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';

export type AskedInterface = Pick<EniRecord, 'description' | 'owner' | 'securityGroups'> &
  Partial<Pick<EniRecord, 'publicIpv4Address' | 'tags'>> & {
    readonly subnet: SubnetRecord;
    /** That address and no other. */
    readonly privateIpv4Address?: string | undefined;
  };

/** An interface with what has to be written for it. */
export interface NewInterface {
  readonly eni: EniRecord;
  readonly writes: readonly Write[];
  readonly conditions: readonly Condition[];
}

/** Throws InsufficientFreeAddressesInSubnet, InvalidIPAddress.InUse, InvalidParameterValue. */
export async function newInterface(
  reader: NetworkReader,
  { ids, clock }: Pick<Ec2Parts, 'ids' | 'clock'>,
  asked: AskedInterface,
): Promise<NewInterface> {
  const { subnet, privateIpv4Address: wanted, tags = {}, ...rest } = asked;
  const { subnetId, vpcId, availabilityZone } = subnet;
  const privateIpv4Address = await freeAddress(reader, subnet, wanted);
  const eniId = ec2Id('eni', (length) => ids.hex(length));
  const eni: EniRecord = {
    ...{ eniId, subnetId, vpcId, availabilityZone, privateIpv4Address, tags, ...rest },
    macAddress: `0a:${ids.hex(10).match(/../g)?.join(':') ?? ''}`,
    privateDnsName: privateDnsName(reader.scope.region, privateIpv4Address),
    createdAt: clock.now(),
  };
  const key = keys.address(reader.scope, subnetId, privateIpv4Address);
  const claim: AddressRecord = { eniId };
  return {
    eni,
    writes: [{ put: key, value: claim }, reader.put('eni', eniId, eni)],
    conditions: [{ key, revision: 0 }],
  };
}

/** Takes an interface away and gives its address back. */
export function removeInterface(reader: NetworkReader, eni: EniRecord): readonly Write[] {
  return [
    reader.remove('eni', eni.eniId),
    { delete: keys.address(reader.scope, eni.subnetId, eni.privateIpv4Address) },
  ];
}

async function freeAddress(
  reader: NetworkReader,
  { subnetId, cidr }: SubnetRecord,
  wanted: string | undefined,
): Promise<string> {
  const prefix = keys.addresses(reader.scope, subnetId);
  const claims = await reader.store.range({ prefix });
  const taken = new Set(claims.map(({ key }) => key.slice(prefix.length)));
  const { first, last } = usableHostRange(cidr);
  const all = Array.from({ length: last - first + 1 }, (_, index) => formatIpv4(first + index));
  if (wanted !== undefined) return checkedWish(wanted, all, taken);
  const free = all.find((address) => !taken.has(address));
  if (free !== undefined) return free;
  throw new ApiError(
    'InsufficientFreeAddressesInSubnet',
    `The specified subnet does not have enough free addresses to satisfy the request.`,
  );
}

function checkedWish(wanted: string, all: readonly string[], taken: ReadonlySet<string>): string {
  if (!all.includes(wanted)) {
    throw new ApiError(
      'InvalidParameterValue',
      `Address ${wanted} does not fall within the subnet's address range`,
    );
  }
  if (taken.has(wanted)) throw new ApiError('InvalidIPAddress.InUse', 'Address is in use.');
  return wanted;
}

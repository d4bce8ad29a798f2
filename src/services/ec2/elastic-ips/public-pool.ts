/** Addresses of the machine's public pool, which all accounts share: the key of one is its claim. */
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { formatIpv4, parseIpv4 } from '../../../domain/network/cidr.ts';
import { freeAddress, publicRange } from '../../../domain/network/free-address.ts';
import type { PublicAddressRecord } from '../../../domain/network/records.ts';
import type { Condition, Write } from '../../../ports/store.ts';
import type { NetworkReader } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';

export interface PublicClaim {
  readonly address: string;
  readonly write: Write;
  /** Tasks take addresses, too. */
  readonly condition: Condition;
}

const RANDOM_DIGITS = 8;

/** `wanted` is that address and no other. Throws InsufficientAddressCapacity, InvalidAddress.NotFound. */
export async function claimPublicAddress(
  { scope, store }: NetworkReader,
  { ids, publicCidr }: Pick<Ec2Parts, 'ids' | 'publicCidr'>,
  ownerId: string,
  wanted?: string,
): Promise<PublicClaim> {
  const prefix = keys.publicAddresses();
  const taken = new Set((await store.range({ prefix })).map(({ key }) => key.slice(prefix.length)));
  const range = publicRange(publicCidr);
  const isTaken = (address: string): boolean => taken.has(address);
  const start = Number.parseInt(ids.hex(RANDOM_DIGITS), 16) % (range.last - range.first + 1);
  const address =
    wanted === undefined ? freeAddress(range, isTaken, start)?.address : checkedWish(wanted, range, isTaken);
  if (address === undefined) {
    throw new ApiError('InsufficientAddressCapacity', 'There are not enough free public addresses.');
  }
  const key = keys.publicAddress(address);
  const value: PublicAddressRecord = { ...scope, ownerId };
  return { address, write: { put: key, value }, condition: { key, revision: 0 } };
}

function checkedWish(
  wanted: string,
  { first, last }: { readonly first: number; readonly last: number },
  isTaken: (address: string) => boolean,
): string {
  const number = parseIpv4(wanted) ?? -1;
  if (number < first || number > last || isTaken(wanted)) throw addressNotFound(wanted);
  return formatIpv4(number);
}

export function addressNotFound(...addresses: readonly string[]): ApiError {
  return new ApiError('InvalidAddress.NotFound', `Address '${addresses.join(', ')}' not found.`);
}

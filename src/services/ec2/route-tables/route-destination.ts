/** Where a route leads to, as requests name it: a range or a prefix list. */
import { containsCidr } from '../../../domain/network/cidr.ts';
import type { RouteRecord, RouteTableRecord, VpcRecord } from '../../../domain/network/records.ts';
import {
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  refuseIpv6,
} from '../errors.ts';
import { checkedRange } from '../ranges.ts';

export type RouteDestination = Pick<RouteRecord, 'destinationCidr' | 'destinationPrefixListId'>;

export interface AskedDestination {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
  readonly DestinationPrefixListId?: string | undefined;
}

/** Throws MissingParameter, InvalidParameterCombination, InvalidParameterValue, UnsupportedOperation. */
export function askedDestination(asked: AskedDestination): RouteDestination {
  const { DestinationCidrBlock: range, DestinationPrefixListId: list, DestinationIpv6CidrBlock } = asked;
  refuseIpv6({ DestinationIpv6CidrBlock });
  if (range !== undefined && list !== undefined) {
    throw invalidParameterCombination('Exactly one destination of a route can be specified.');
  }
  if (list !== undefined) return { destinationPrefixListId: list };
  if (range === undefined) throw missingParameter('DestinationCidrBlock');
  return { destinationCidr: checkedRange('destinationCidrBlock', range) };
}

export function destinationText({ destinationCidr, destinationPrefixListId }: RouteDestination): string {
  return destinationCidr ?? destinationPrefixListId ?? '';
}

export function findRoute(
  { routes }: RouteTableRecord,
  destination: RouteDestination,
): RouteRecord | undefined {
  return routes.find((route) => destinationText(route) === destinationText(destination));
}

/** What lies in the VPC is reached without a gateway. Throws InvalidParameterValue. */
export function checkNotLocal({ destinationCidr }: RouteDestination, { cidr }: VpcRecord): void {
  if (destinationCidr === undefined || !containsCidr(cidr, destinationCidr)) return;
  throw invalidParameterValue(
    `The destination CIDR block ${destinationCidr} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
  );
}

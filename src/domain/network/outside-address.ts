/** By which address the internet sees who sends from inside a VPC. */
import { containsAddress, parseCidr } from './cidr.ts';
import type { RoutePicture, VpcPicture } from './vpc.ts';

/**
 * `from` is a private address of the VPC, and `publicAddress` is the one that its interface has, if it has one. Undefined
 * where no way to `to` leads out by the internet.
 */
export function outsideAddress(
  { subnets }: Pick<VpcPicture, 'subnets'>,
  { from, to, publicAddress }: { from: string; to: string; publicAddress: string | undefined },
): string | undefined {
  const routes = subnets.find(({ cidr }) => containsAddress(cidr, from))?.routes ?? [];
  const target = routeTo(routes, to)?.target;
  if (target?.type === 'nat-gateway') return target.publicIpv4Address;
  return target?.type === 'internet-gateway' ? publicAddress : undefined;
}

function routeTo(routes: readonly RoutePicture[], address: string): RoutePicture | undefined {
  const [closest] = routes
    .filter(({ destinationCidr }) => containsAddress(destinationCidr, address))
    .toSorted((one, other) => bitsOf(other) - bitsOf(one));
  return closest;
}

function bitsOf({ destinationCidr }: RoutePicture): number {
  return parseCidr(destinationCidr)?.bits ?? 0;
}

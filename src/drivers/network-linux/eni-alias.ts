/**
 * What an interface says of itself: the part of its specification that the firewall needs, written onto the VPC's end
 * of the pair. So it is there as long as the interface is, and is found again by whoever comes next.
 */
import type { EniSpec } from '../../domain/task/assignment.ts';
import type { Link } from '../../linux/netlink/links.ts';
import type { LocalEni } from './eni-rules.ts';

const NONE = '-';

/** The firewall's part of a specification; `index` is that of the VPC's end. */
export function localEni(eni: EniSpec, index: number): LocalEni {
  const { eniId, privateIpv4Address, macAddress, publicIpv4Address, securityGroups } = eni;
  const outside = publicIpv4Address === undefined ? {} : { publicIpv4Address };
  return { index, eniId, privateIpv4Address, macAddress, ...outside, securityGroups };
}

/** At most 255 bytes, which an interface's alias may have: ids have 17 digits, groups are at most five. */
export function describeEni(eni: EniSpec): string {
  return [
    eni.eniId,
    eni.privateIpv4Address,
    eni.macAddress.toLowerCase(),
    eni.publicIpv4Address ?? NONE,
    eni.securityGroups.join(','),
  ].join(' ');
}

/** Undefined for an interface that says nothing yet. */
export function readEni({ alias, index }: Pick<Link, 'alias' | 'index'>): LocalEni | undefined {
  const [eniId, privateIpv4Address, macAddress, publicIpv4Address, groups] = alias.split(' ');
  if (eniId === undefined || privateIpv4Address === undefined || macAddress === undefined) return undefined;
  if (publicIpv4Address === undefined || groups === undefined) return undefined;
  return {
    index,
    eniId,
    privateIpv4Address,
    macAddress,
    ...(publicIpv4Address !== NONE && { publicIpv4Address }),
    securityGroups: groups.split(',').filter((id) => id !== ''),
  };
}
